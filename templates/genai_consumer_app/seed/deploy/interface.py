"""A private REST API in front of one function: reached over private endpoints only, by whoever has a token."""

import hashlib
import json
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from fmops_constructs import names

from constructs import Construct

ROUTES: tuple[tuple[str, str, bool], ...] = (
    ("GET", "", False),
    ("GET", "page/{file}", False),
    ("GET", "release", True),
    ("POST", "messages", True),
    ("GET", "messages/{id}", True),
    ("PUT", "messages/{id}/rating", True),
)
"""(method, path, whether a token is needed). The page holds no data, and a browser opens it without a token."""
ACCESS_LOG = {
    "request": "$context.requestId",
    "route": "$context.httpMethod $context.resourcePath",
    "status": "$context.status",
    "milliseconds": "$context.responseLatency",
    "user": "$context.authorizer.principalId",
}


class Interface(Construct):
    """The API, its routes, its stage.

    Args:
        endpoints: the private endpoints that it is reached over; anything else is denied.
        function: answers all routes.
        authorizer: the function that reads tokens.
        requests_per_second: more is refused with 429.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        stage: str,
        endpoints: Sequence[str],
        function: lambda_.CfnFunction,
        authorizer: lambda_.CfnFunction,
        requests_per_second: int,
    ) -> None:
        super().__init__(scope, id)
        self.api = apigateway.CfnRestApi(
            self,
            "Api",
            name=name,
            description="Private: reached from inside only",
            endpoint_configuration=apigateway.CfnRestApi.EndpointConfigurationProperty(types=["PRIVATE"]),
            policy=_policy(endpoints),
        )
        self._resources: dict[str, str] = {"": self.api.attr_root_resource_id}
        reader = apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            name="tokens",
            rest_api_id=self.api.ref,
            type="TOKEN",
            authorizer_uri=_invocation(authorizer),
            identity_source="method.request.header.Authorization",
            authorizer_result_ttl_in_seconds=300,
        )
        methods = [self._method(*route, function, reader) for route in ROUTES]
        for id, called in (("CallFunction", function), ("CallAuthorizer", authorizer)):
            lambda_.CfnPermission(
                self,
                id,
                action="lambda:InvokeFunction",
                function_name=called.ref,
                principal="apigateway.amazonaws.com",
                source_arn=self._arn("*"),
                source_account=cdk.Aws.ACCOUNT_ID,
            )
        self._stage(stage, methods, requests_per_second, _digest(name, *endpoints))

    def _arn(self, rest: str) -> str:
        return f"arn:{cdk.Aws.PARTITION}:execute-api:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{self.api.ref}/{rest}"

    def _resource(self, path: str) -> str:
        if path not in self._resources:
            parent, _, part = path.rpartition("/")
            resource = apigateway.CfnResource(
                self,
                f"Resource-{path}",
                rest_api_id=self.api.ref,
                parent_id=self._resource(parent),
                path_part=part,
            )
            self._resources[path] = resource.attr_resource_id
        return self._resources[path]

    def _method(
        self,
        verb: str,
        path: str,
        needs_token: bool,
        function: lambda_.CfnFunction,
        reader: apigateway.CfnAuthorizer,
    ) -> apigateway.CfnMethod:
        method = apigateway.CfnMethod(
            self,
            f"{verb}-{path}",
            rest_api_id=self.api.ref,
            resource_id=self._resource(path),
            http_method=verb,
            authorization_type="CUSTOM" if needs_token else "NONE",
            authorizer_id=reader.ref if needs_token else None,
            integration=apigateway.CfnMethod.IntegrationProperty(
                type="AWS_PROXY", integration_http_method="POST", uri=_invocation(function), timeout_in_millis=26000
            ),
        )
        if not needs_token:
            reason = "The page holds no data; its resource policy lets nobody in from outside the private network."
            _acknowledge(method, "AwsSolutions::AwsSolutions-APIG4", reason)
        _acknowledge(method, "AwsSolutions::AwsSolutions-COG4", "The authoriser reads tokens of any OpenID provider.")
        return method

    def _stage(self, name: str, methods: Sequence[apigateway.CfnMethod], requests_per_second: int, digest: str) -> None:
        deployment = apigateway.CfnDeployment(self, f"Deployment{digest}", rest_api_id=self.api.ref)
        for method in methods:
            deployment.add_resource_dependency(method)
        log = f"arn:{cdk.Aws.PARTITION}:logs:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:log-group:{names.APPLICATION_LOGS}"
        of = apigateway.CfnStage
        stage = of(
            self,
            "Stage",
            rest_api_id=self.api.ref,
            deployment_id=deployment.ref,
            stage_name=name,
            access_log_setting=of.AccessLogSettingProperty(destination_arn=log, format=json.dumps(ACCESS_LOG)),
            method_settings=[
                of.MethodSettingProperty(
                    http_method="*",
                    resource_path="/*",
                    throttling_rate_limit=requests_per_second,
                    throttling_burst_limit=2 * requests_per_second,
                    metrics_enabled=True,
                    logging_level="ERROR",
                    data_trace_enabled=False,
                )
            ],
        )
        _acknowledge(stage, "AwsSolutions::AwsSolutions-APIG3", "Private: nobody reaches it from the internet.")
        _acknowledge(
            stage, "NIST.800.53.R5::NIST.800.53.R5-APIGWAssociatedWithWAF", "Private: no way in from the internet."
        )
        _acknowledge(
            stage,
            "NIST.800.53.R5::NIST.800.53.R5-APIGWCacheEnabledAndEncrypted",
            "Answers are one user's own and are never cached.",
        )
        _acknowledge(
            stage, "NIST.800.53.R5::NIST.800.53.R5-APIGWSSLEnabled", "There is no HTTP back end: a function answers."
        )
        _acknowledge(
            self.api, "AwsSolutions::AwsSolutions-APIG2", "The function checks each request, and says what is wrong."
        )


def _policy(endpoints: Sequence[str]) -> dict[str, object]:
    """Whoever comes over one of the endpoints may come in; what they may do, the authoriser says.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
    """
    invoke = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", **invoke},
            {"Effect": "Deny", **invoke, "Condition": {"StringNotEquals": {"aws:SourceVpce": list(endpoints)}}},
        ],
    }


def _invocation(function: lambda_.CfnFunction) -> str:
    path = "2015-03-31/functions"
    return f"arn:{cdk.Aws.PARTITION}:apigateway:{cdk.Aws.REGION}:lambda:path/{path}/{function.attr_arn}/invocations"


def _digest(*of: str) -> str:
    """A deployment is a snapshot: another set of routes, or of endpoints, is another deployment."""
    known = ["published" if cdk.Token.is_unresolved(one) else one for one in of]
    return hashlib.sha256(json.dumps([ROUTES, *known]).encode()).hexdigest()[:8]


def _acknowledge(construct: Construct, id: str, reason: str) -> None:
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=id, reason=reason))

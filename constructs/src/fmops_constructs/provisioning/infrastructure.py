"""The provisioner: a topic per business unit, a function at its desk, and the state machine that launches.

CloudFormation in a business unit's experimentation account publishes a request on the unit's topic. Whose it is follows
from the topic, which only that account's launch role can write to.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.functions import PrivateFunction
from fmops_constructs.iam import Policy, Role, allow, exactly, service
from fmops_constructs.logs import LogGroup
from fmops_constructs.network import Place

HERE = Path(__file__).parent
DEFINITION = HERE / "provisioner.asl.json"
RUNTIME = (HERE / "runtime" / "index.py", HERE.parent / "seeding" / "runtime" / "starter" / "answer.py")
ENDED_BADLY = ("ABORTED", "FAILED", "TIMED_OUT")


class Provisioner(Construct):
    """The state machine `fmops-provisioner`, the function `fmops-requests`, and the topics.

    Args:
        requesters: by business unit, the roles that may ask for its projects: ARNs of one other account's roles.
        key: encrypts the topics, the function's settings and its failed events; the requesters use it too.
        logs_key: encrypts the logs.
        launch: what the state machine may do in Service Catalog.
        run_function: what a function takes to run: policies that the account's roles share.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        requesters: Mapping[str, Sequence[str]],
        key: kms.IKey,
        logs_key: kms.IKey,
        launch: iam.IManagedPolicy,
        run_function: Sequence[iam.IManagedPolicy],
        place: Place,
    ) -> None:
        super().__init__(scope, id)
        stack = cdk.Stack.of(self)
        self.arn = f"arn:aws:states:{stack.region}:{stack.account}:stateMachine:{names.PROVISIONER}"
        self.desk = self._desk(key, logs_key, run_function, place)
        self.machine = self._machine(launch, logs_key)
        for unit, roles in sorted(requesters.items()):
            self._topic(unit, roles, key)
        self._tell_of_bad_ends()

    def _desk(
        self, key: kms.IKey, logs_key: kms.IKey, shared: Sequence[iam.IManagedPolicy], place: Place
    ) -> lambda_.CfnFunction:
        failed = sqs.Queue(
            self,
            "FailedEvents",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        start = Policy(
            self,
            "Start",
            description="Start the provisioner, keep failed events",
            statements=[
                allow("states:StartExecution", on=self.arn),
                allow("sqs:SendMessage", on=failed.queue_arn),
                allow("kms:Decrypt", "kms:GenerateDataKey", on=key.key_arn),
            ],
        )
        with TemporaryDirectory() as folder:
            for file in RUNTIME:
                shutil.copy(file, folder)
            desk = PrivateFunction(
                self,
                "Desk",
                name=names.REQUESTS,
                description="Takes requests for projects to the provisioner, and its answers to CloudFormation",
                code=Path(folder),
                role_name="requests",
                policies=[start, *shared],
                key=key,
                logs_key=logs_key,
                failed_events=failed,
                environment={"PROVISIONER": self.arn, "PORTFOLIO": names.portfolio("{unit}")},
                place=place,
            )
        return desk.function

    def _machine(self, launch: iam.IManagedPolicy, logs_key: kms.IKey) -> stepfunctions.CfnStateMachine:
        stack = cdk.Stack.of(self)
        logs = LogGroup(self, "Logs", name=f"/aws/vendedlogs/states/{names.PROVISIONER}", key=logs_key)
        work = Policy(
            self,
            "Work",
            description="Answer requests, deliver the state machine's own logs and traces",
            statements=[
                allow("lambda:InvokeFunction", on=self.desk.attr_arn),
                # Neither log deliveries nor traces are resources that a policy could name.
                allow(
                    "logs:CreateLogDelivery",
                    "logs:DeleteLogDelivery",
                    "logs:DescribeLogGroups",
                    "logs:DescribeResourcePolicies",
                    "logs:GetLogDelivery",
                    "logs:ListLogDeliveries",
                    "logs:PutResourcePolicy",
                    "logs:UpdateLogDelivery",
                    "xray:GetSamplingRules",
                    "xray:GetSamplingTargets",
                    "xray:PutTelemetryRecords",
                    "xray:PutTraceSegments",
                    on="*",
                ),
            ],
        )
        role = Role(
            self,
            "Role",
            name="provisioner",
            description="Launches projects that business units ask for",
            trusts=service("states.amazonaws.com", stack.account),
            policies=[launch, work],
        )
        definition = json.dumps(json.loads(DEFINITION.read_text(encoding="utf-8")), separators=(",", ":"))
        machine = stepfunctions.CfnStateMachine(
            self,
            "Machine",
            state_machine_name=names.PROVISIONER,
            role_arn=role.role_arn,
            definition_string=definition,
            definition_substitutions={"Function": self.desk.attr_arn},
            # Not the data: a request holds the signed address of its answer.
            logging_configuration=stepfunctions.CfnStateMachine.LoggingConfigurationProperty(
                level="ALL",
                include_execution_data=False,
                destinations=[
                    stepfunctions.CfnStateMachine.LogDestinationProperty(
                        cloud_watch_logs_log_group=stepfunctions.CfnStateMachine.CloudWatchLogsLogGroupProperty(
                            log_group_arn=logs.log_group_arn
                        )
                    )
                ],
            ),
            tracing_configuration=stepfunctions.CfnStateMachine.TracingConfigurationProperty(enabled=True),
        )
        machine.node.add_dependency(work)  # Step Functions tries the delivery of logs as the machine is made
        return machine

    def _topic(self, unit: str, roles: Sequence[str], key: kms.IKey) -> None:
        scope = Construct(self, unit)
        cdk.Tags.of(scope).add(names.UNIT_TAG, unit)
        topic = sns.Topic(
            scope,
            "Topic",
            topic_name=names.requests_topic(unit),
            display_name=f"Projects that {unit} asks for",
            master_key=key,
            enforce_ssl=True,
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OwnRequests",
                principals=[exactly(roles[0].split(":")[4], *roles)],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
            )
        )
        self._called_by(scope, "sns.amazonaws.com", topic.topic_arn)
        sns.CfnSubscription(scope, "Desk", topic_arn=topic.topic_arn, protocol="lambda", endpoint=self.desk.attr_arn)

    def _tell_of_bad_ends(self) -> None:
        """An execution that was stopped can't answer; CloudFormation would wait for it until its time is up."""
        rule = events.CfnRule(
            self,
            "BadEnds",
            description="The provisioner ended without an answer",
            event_pattern={
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {"stateMachineArn": [self.arn], "status": list(ENDED_BADLY)},
            },
            targets=[events.CfnRule.TargetProperty(arn=self.desk.attr_arn, id="desk")],
        )
        self._called_by(rule, "events.amazonaws.com", rule.attr_arn)

    def _called_by(self, scope: Construct, principal: str, source_arn: str) -> None:
        lambda_.CfnPermission(
            scope,
            "CallsDesk",
            action="lambda:InvokeFunction",
            function_name=self.desk.attr_arn,
            principal=principal,
            source_arn=source_arn,
        )

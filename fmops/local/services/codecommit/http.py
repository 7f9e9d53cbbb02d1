"""`git clone` and `git push` over HTTP, through git's own CGI program and IAM.

Credentials are HTTP basic. The user is an access key id, followed by `%` and the session token for temporary ones, as
CodeCommit's credential helpers spell it. The password is either what those helpers send (time and SigV4 signature) or
plainly the secret access key, which this machine's loopback interface allows.
"""

import base64
import contextlib
import hashlib
import hmac
import re
import subprocess
from typing import Any
from urllib.parse import urlencode

import ministack.app as ministack
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ministack.core import concurrency, iam_evaluator, responses

from fmops.local.context import account, region, scope
from fmops.local.permission import require
from fmops.local.registry import TABLES, AwsError, Model
from fmops.local.services.codecommit.git import Git, environment
from fmops.local.services.codecommit.repositories import CREATED, arn, find, writing

ROUTE = re.compile(r"/v1/repos/(?P<name>[\w.-]+?)(?:\.git)?/(?P<rest>info/refs|git-upload-pack|git-receive-pack)")
TIMESTAMP = re.compile(r"\d{8}T\d{6}")
Headers = dict[str, str]
Response = tuple[int, Headers, bytes]


def _credentials(headers: Headers) -> tuple[str, str | None, str]:
    """Access key id, session token and password. Raises AwsError 401."""
    scheme, _, coded = headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        user = password = ""
    if scheme.lower() != "basic" or not user:
        raise AwsError("Unauthorized", "Sign in with an access key id and its secret.", 401)
    key, _, token = user.partition("%")
    return key, token or None, password


def signature(secret: str, timestamp: str, host: str, path: str, where: str) -> str:
    """What `aws codecommit credential-helper` and `git-remote-codecommit` sign for a region."""
    signer = SigV4Auth(Credentials("unused", secret), "codecommit", where)
    request = AWSRequest(method="GIT", url=f"https://{host}{path}")
    request.context["timestamp"] = timestamp
    canonical = f"GIT\n{path}\n\nhost:{host}\n\nhost\n"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", timestamp, signer.credential_scope(request), digest))
    return str(signer.signature(text, request))


def _sign_in(headers: Headers, path: str) -> str:
    """Checks who asks, and acts in their account from here on. Returns the access key id."""
    key, token, password = _credentials(headers)
    responses.set_request_account_id(ministack._request_account_scope(key))
    found = iam_evaluator.resolve_credential(key, account(), token)
    if isinstance(found, iam_evaluator.CredentialResolutionError):
        raise AwsError(found.code, found.message, 401)
    timestamp, _, signed = password.partition("Z")
    secret, host = found.secret_access_key, headers.get("host", "")
    if signed and TIMESTAMP.fullmatch(timestamp):
        proofs = [signature(secret, timestamp, name, path, region()) for name in (host, host.split(":")[0])]
        known = any(hmac.compare_digest(signed, proof) for proof in proofs)
    else:
        known = hmac.compare_digest(password, secret)
    if not known and not iam_evaluator.is_root_access_key(key):  # ministack checks no root key's secret either
        raise AwsError("InvalidSignatureException", "The secret does not belong to the access key id.", 401)
    iam_evaluator._request_caller_arn.set(found.principal_arn)
    return key


def _locate(name: str) -> tuple[Model, Git, str]:
    """A repository of the account by name, in whatever region: the URL names none."""
    regions = sorted({where for owner, where, _ in TABLES[CREATED].to_dict() if owner == account()})
    for candidate in sorted(regions, key=lambda where: where != region()):
        with scope(account(), candidate), contextlib.suppress(AwsError):
            return *find(name), candidate
    raise AwsError("RepositoryDoesNotExistException", f"{name} does not exist", 404)


def _serve(method: str, path: str, headers: Headers, body: bytes, query: dict[str, Any]) -> Response:
    route = ROUTE.fullmatch(path)
    assert route is not None  # noqa: S101 - the hook below matched it
    key = _sign_in(headers, f"/v1/repos/{route['name']}")
    model, git, where = _locate(route["name"])
    pushes = "git-receive-pack" in (route["rest"], *query.get("service", []))
    with scope(account(), where):
        require(key, "codecommit:GitPush" if pushes else "codecommit:GitPull", arn(route["name"]))
        variables = {
            "GIT_PROJECT_ROOT": str(git.path.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{git.path.name}/{route['rest']}",
            "REQUEST_METHOD": method,
            "QUERY_STRING": urlencode(query, doseq=True),
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
            "REMOTE_USER": key,
            "REMOTE_ADDR": "127.0.0.1",
        }
        if route["rest"] == "git-receive-pack":
            with writing(model):
                return _backend(variables, body)
        return _backend(variables, body)


def _backend(variables: dict[str, str], body: bytes) -> Response:
    command = ["git", "-c", "safe.directory=*", "http-backend"]
    done = subprocess.run(command, input=body, capture_output=True, env={**environment(), **variables})
    if not done.stdout:  # some systems package git's server side apart
        raise AwsError("InternalError", f"git http-backend failed: {done.stderr.decode(errors='replace')}", 500)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(fields.pop("Status", "200").split(" ")[0])
    return status, fields, content


def _respond(*request: Any) -> Response:
    try:
        return _serve(*request)
    except AwsError as error:
        challenge = {"WWW-Authenticate": 'Basic realm="CodeCommit"'} if error.status == 401 else {}
        return error.status, {"Content-Type": "text/plain", **challenge}, f"{error.code}: {error.message}\n".encode()


_ministack_shortcuts = ministack._handle_post_body_shortcuts


async def _shortcuts(
    method: str, path: str, headers: Headers, body: bytes, query: dict[str, Any], request_id: str
) -> Response | None:
    """ministack's hook for requests that are no API call; git's are none."""
    if ROUTE.fullmatch(path):
        answer: Response = await concurrency.run_reentrant(_respond, method, path, headers, body, query)
        return answer
    found: Response | None = await _ministack_shortcuts(method, path, headers, body, query, request_id)
    return found


def install() -> None:
    """Puts the hook in; the server calls this at start."""
    ministack._handle_post_body_shortcuts = _shortcuts

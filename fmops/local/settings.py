"""The environment variables that decide how ministack runs. It reads them at import, so they are set before."""

import json
from collections.abc import MutableMapping
from pathlib import Path

HOST = "127.0.0.1"
STATE = "FMOPS_LOCAL_STATE"
ORGANIZATION = "FMOPS_LOCAL_ORGANIZATION"
EXECUTION = "FMOPS_LOCAL_EXECUTION"
"""What a right that a stack's principal lacks does: `refuse` (the default), `tell` (in the status), `off`."""
MANAGEMENT_ACCOUNT = "000000000000"


def apply(environ: MutableMapping[str, str], port: int, state: Path, *, enforce_iam: bool) -> None:
    """Sets what the server needs, and drops the caller's own AWS settings so that none of them leaks in.

    Args:
        port: on the loopback interface; there is no other.
        state: absolute folder; `saved/` holds the services' state, `s3/` the objects, `files/` what behaviour keeps.
        enforce_iam: whether calls need the permissions that they need on AWS.
    """
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    organization = json.loads(environ.get(ORGANIZATION) or "{}")
    environ.update(
        {
            STATE: str(state),
            "GATEWAY_PORT": str(port),
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "MINISTACK_REGION": "eu-west-1",
            "MINISTACK_ACCOUNT_ID": organization.get("management_account", MANAGEMENT_ACCOUNT),
            "AUTH": str(enforce_iam).lower(),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state / "saved"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "s3"),
            "IOT_MTLS_ENABLED": "0",  # else ministack opens 0.0.0.0:8883
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "LOG_LEVEL": environ.get("LOG_LEVEL", "WARNING"),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )

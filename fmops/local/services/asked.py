"""What IAM is asked of calls that ministack answers: who an event says it comes from, and the key behind an alias."""

from typing import Any

from ministack.services import kms

from fmops.local import authz
from fmops.local.registry import RESOURCES, Model

BY_KEY = ("DescribeKey", "Encrypt", "GenerateDataKey", "GetPublicKey", "Sign", "Verify")
KEYS = {"events:source": "Source", "events:detail-type": "DetailType"}


def _of_events(operation: str, members: Model) -> Model:
    """PutEvents' condition keys: one value where all entries agree, else each."""
    entries = members.get("Entries", ()) if operation == "PutEvents" else ()
    found: dict[str, Any] = {}
    for key, member in KEYS.items():
        values = sorted({str(entry[member]) for entry in entries if entry.get(member)})
        if values:
            found[key] = values[0] if len(values) == 1 else values
    return found


def _key(members: Model, account: str, region: str) -> str:
    """AWS asks on the key that an alias stands for; an alias is no resource of these calls.

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    given = str(members.get("KeyId", ""))
    record = kms._resolve_key(given)
    return str(record["Arn"]) if record else f"arn:aws:kms:{region}:{account}:key/{given}"


authz.CONTEXT["events"] = _of_events
for _operation in BY_KEY:
    RESOURCES["kms", _operation] = _key

"""How CloudFormation reports that a resource could not be made: in the words of its registry."""

import re
import uuid

_CODES = (
    (r"AccessDenied|NotAuthorized|Unauthorized", "AccessDenied"),
    (r"Exists|Duplicate|Conflict|InUse", "AlreadyExists"),
    (r"NotFound|NoSuch|NotExist", "NotFound"),
    (r"Limit|Quota|TooMany", "ServiceLimitExceeded"),
)
"""AWS's error codes by what they hold, and the handler error code that CloudFormation makes of them: `HandlerErrorCode`
in https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html"""


def worded(message: str, code: str) -> str:
    """The status reason of a resource whose service refused it."""
    kind = next((kind for shape, kind in _CODES if re.search(shape, code)), "InvalidRequest")
    what = f"{message} ({code})"
    return f'Resource handler returned message: "{what}" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: {kind})'

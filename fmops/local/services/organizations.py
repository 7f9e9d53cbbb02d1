"""One organisation over all accounts. ministack gives every account an organisation of its own; we give it one scope.

`FMOPS_LOCAL_ORGANIZATION` (JSON) describes it: `{"id": "o-...", "management_account": "...", "accounts": {id: name}}`.
Without it, every account that is used is a member. Each member has OrganizationAccountAccessRole, as on AWS.
"""

import hashlib
import json
import os
import re
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_evaluator
from ministack.services import iam, organizations, sts

from fmops.local import context, settings
from fmops.local.registry import RESTORED

ACCESS_ROLE = "OrganizationAccountAccessRole"
_ANYBODY = ("DescribeOrganization",)
_CONFIG: dict[str, Any] = json.loads(os.environ.get(settings.ORGANIZATION) or "{}")
MANAGEMENT = str(_CONFIG.get("management_account", settings.MANAGEMENT_ACCOUNT))
ID = str(_CONFIG.get("id", "o-fmopslocal"))
ROOT_ID = "r-" + hashlib.sha256(ID.encode()).hexdigest()[:4]


def is_member(account: str) -> bool:
    """Whether an account belongs to the organisation; with no configuration all do."""
    with context.scope(MANAGEMENT, context.region()):
        return not _CONFIG or account in organizations._accounts


def _account(account: str, name: str) -> dict[str, Any]:
    return {
        "Id": account,
        "Arn": f"arn:aws:organizations::{MANAGEMENT}:account/{ID}/{account}",
        "Email": f"{name}@example.com",
        "Name": name,
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "JoinedMethod": "INVITED" if account == MANAGEMENT else "CREATED",
        "JoinedTimestamp": int(context.now().timestamp()),
        "Path": f"{ID}/{ROOT_ID}/{account}/",
        "_ParentId": ROOT_ID,
    }


def add_member(account: str, name: str) -> None:
    """Makes an account a member, with the role by which the management account enters it."""
    with context.scope(MANAGEMENT, context.region()):
        if account not in organizations._accounts:
            organizations._accounts[account] = _account(account, name)
            organizations._attachments[organizations.FULL_ACCESS_POLICY_ID].append(account)
    with context.scope(account, context.region()):
        if ACCESS_ROLE not in iam._roles:
            iam._roles[ACCESS_ROLE] = _access_role(account)


def _access_role(account: str) -> dict[str, Any]:
    principal = {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {
        "RoleName": ACCESS_ROLE,
        "Arn": f"arn:aws:iam::{account}:role/{ACCESS_ROLE}",
        "RoleId": iam._gen_id("AROA"),
        "CreateDate": iam._now(),
        "Path": "/",
        "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        "Description": "",
        "MaxSessionDuration": 43200,
        "PermissionsBoundary": "",
        "AttachedPolicies": [],
        "InlinePolicies": {"AdministratorAccess": json.dumps({"Version": "2012-10-17", "Statement": [allow]})},
        "Tags": [],
    }


def found() -> None:
    """Founds the organisation as configured; what a restored state already has stays."""
    with context.scope(MANAGEMENT, context.region()):
        organizations._ensure_org()
        organization = organizations._orgs["self"]
        if organization["Id"] != ID:
            for old in list(organizations._roots):
                root = organizations._roots.pop(old)
                root |= {"Id": ROOT_ID, "Arn": f"arn:aws:organizations::{MANAGEMENT}:root/{ID}/{ROOT_ID}"}
                organizations._roots[ROOT_ID] = root
            organization["Arn"] = f"arn:aws:organizations::{MANAGEMENT}:organization/{ID}"
            organization["MasterAccountArn"] = f"arn:aws:organizations::{MANAGEMENT}:account/{ID}/{MANAGEMENT}"
            organization["Id"] = ID
            organizations._accounts.clear()
            organizations._attachments[organizations.FULL_ACCESS_POLICY_ID] = [ROOT_ID]
    for account, name in {MANAGEMENT: "management", **_CONFIG.get("accounts", {})}.items():
        add_member(account, name)


def _refused(operation: str) -> Any:
    message = f"You don't have permissions to access this resource: {operation} belongs to the management account."
    return organizations.error_response_json("AccessDeniedException", message, 400)


def install() -> None:
    """Puts all accounts' calls into the management account's scope; founds the organisation once state is loaded."""
    handle, take_role = organizations.handle_request, sts.handle_request

    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        operation = headers.get("x-amz-target", "").split(".")[-1]
        if context.account() != MANAGEMENT and operation not in _ANYBODY:
            return _refused(operation)
        with context.scope(MANAGEMENT, context.region()):
            answer = await handle(method, path, headers, body, query)
            members = list(organizations._accounts.items())
        for account, record in members if operation == "CreateAccount" else ():
            add_member(account, record["Name"])
        return answer

    async def assume_role(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        form = {**query, **parse_qs(body.decode(errors="replace"))}
        wanted = re.fullmatch(rf"arn:aws:iam::(\d{{12}}):role/{ACCESS_ROLE}", form.get("RoleArn", [""])[0])
        if wanted and not _CONFIG:
            add_member(wanted[1], wanted[1])
        return await take_role(method, path, headers, body, query)

    organizations.handle_request, sts.handle_request = handle_request, assume_role
    iam_evaluator._principal_org_id = lambda account: ID if is_member(account) else None
    RESTORED.insert(0, found)

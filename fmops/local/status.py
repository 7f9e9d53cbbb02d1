"""What the embedded AWS holds: accounts, stacks, and which resource types are made by what."""

import os
from collections import Counter
from importlib.metadata import version
from typing import Any

from ministack import app
from ministack.services import cloudformation

from fmops.local import authz, settings, shapes
from fmops.local.generic import handlers
from fmops.local.registry import LIFECYCLE, OPERATIONS


def backend(resource_type: str) -> str:
    """Who makes a type: `behaviour` acts, `ministack` has its own, `schema` keeps what was asked; or `unknown`."""
    namespace, kind = [*resource_type.split("::"), "", ""][1:3]
    services = {service for service, owner in shapes.NAMESPACES.items() if owner == namespace}
    acts = any(service in services and kind in name for service, name in OPERATIONS)
    if resource_type in LIFECYCLE or acts:
        return "behaviour"
    if resource_type in handlers.native or resource_type.startswith("Custom::"):
        return "ministack"
    return "schema" if resource_type in handlers else "unknown"


def report() -> dict[str, Any]:
    """The answer of `/_fmops/status`."""
    stacks, types = [], Counter[str]()
    for (account, region, name), stack in sorted(cloudformation._stacks._data.items()):
        if stack.get("StackStatus") == "DELETE_COMPLETE":
            continue
        found = [record["ResourceType"] for record in (stack.get("_resources") or {}).values()]
        types.update(found)
        stacks.append(
            {
                "account": account,
                "region": region,
                "name": name,
                "status": stack.get("StackStatus"),
                "resources": len(found),
            }
        )
    return {
        "fmops": version("fmops-foundation"),
        "ministack": version("ministack"),
        "pid": os.getpid(),
        "port": int(os.environ["GATEWAY_PORT"]),
        "state": os.environ[settings.STATE],
        "iam_enforced": bool(app.AUTH),
        "accounts": sorted({stack["account"] for stack in stacks}),
        "stacks": len(stacks),
        "stack_details": stacks,
        "types": {name: {"resources": count, "backend": backend(name)} for name, count in sorted(types.items())},
        "denied": list(authz.denials),
    }

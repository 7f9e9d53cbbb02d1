"""A request and its decision in plain words."""

from fmops.verify.policy.evaluate import Decision
from fmops.verify.policy.request import Request


def told(request: Request, decision: Decision) -> str:
    """A request in one sentence, and what AWS answers."""
    principal = request.principal
    person = "anyone without credentials" if principal.kind == "anonymous" else f"{principal.kind} {principal.id}"
    session = f" in session {principal.session.rsplit('/', 1)[-1]}" if principal.session else ""
    given = ", ".join(f"{key} = {_shown(value)}" for key, value in sorted(request.context.items()))
    context = f" with {given}" if given else ""
    return f"{person}{session} may ask for {request.action} on {request.resource}{context}: {decision}"


def _shown(value: str | tuple[str, ...]) -> str:
    return repr(value) if isinstance(value, str) else "[" + ", ".join(repr(one) for one in value) + "]"

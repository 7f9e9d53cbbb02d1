"""docs/access.md: the access matrix as a page for auditors, and what each capability is in AWS.

Run: python -m stacks.access_page > docs/access.md
"""

from collections.abc import Iterator, Sequence

from fmops_constructs.iam import When

from foundation.access import Effect, Matrix, current
from foundation.access.rules import APART
from foundation.phases import ACCOUNT_TYPES
from stacks.access import GRANTS, SHARED

SIGNS: dict[Effect, str] = {"allow": "yes", "approve": "**approves**", "deny": "·"}

HEAD = """\
# Who may do what
Every persona of the slides, in every kind of account: made from `foundation/access/matrix.yaml` by `python -m stacks.access_page`, like the roles themselves. What the matrix doesn't allow is denied. [Decision 21](adr/0021-access-is-a-matrix.md) says why it is so.

- `python -m stacks.access_cells` writes the matrix as questions: each role, each action, each resource, and whether AWS may allow it. `tests/stacks/test_access_cells.py` proves them all on the templates of the example organisation; `fmops verify` proves `docs/access-cells.json` on yours.
- Which people a persona has, `foundation.yaml` says. A persona that nobody is has no role.
"""  # noqa: E501 - one line is one paragraph

PICTURE = """
## From a person to a right

```mermaid
flowchart LR
  person([a person]) -- "signs in" --> center["Identity Center:<br>take the own role,<br>in the own name"]
  center -- "source identity = name" --> role["role of a business unit<br>boundary, managed policies"]
  matrix[("access matrix")] -. "makes" .-> center
  matrix -. "makes" .-> role
  matrix -. "asks" .-> proof{{"proof on the templates"}}
```
"""

CENTER = """
## Signing in
Without more, a session of the account states whose name it carries, and a role believes it. With IAM Identity Center the name is the directory's:

```yaml
people_access:
  identity_center:
    instance: arn:aws:sso:::instance/ssoins-0123456789abcdef
    person_attribute: person        # an attribute for access control: ${path:userName}
    groups:                         # left out: assignments are made elsewhere
      shared: {auditor: 11111111-2222-3333-4444-555555555555}
      retail: {ml_engineer: 66666666-7777-8888-9999-000000000000}
```

- The stage `organization` then has a stack `PermissionSets` for the management account, or for the `account` that administers Identity Center for it: a permission set `fmops-<role>` for each role below, and an assignment for each group in each account where its people have the role.
- A permission set allows one thing: to take the own role in the own name. Its policy compares the name with the attribute `person_attribute` of the session, which Identity Center sets; without the attribute it allows nothing. It lasts `session_hours`, has the boundary `fmops-boundary`, and no relay state.
- People's roles then let in nobody else: their trust names the permission set's role. So the name is no longer stated by whoever asks, but by the directory.
- Set once, in Identity Center: the attribute for access control named by `person_attribute`, with the value that `foundation.yaml` lists a person by (`${path:userName}` where user names are like that). Defined there, it wins over an attribute of the same name from the company's identity provider.

```console
$ aws sts assume-role --role-arn arn:aws:iam::000000000011:role/fmops/fmops-retail-ml-engineer --role-session-name cy --source-identity cy
```

That Identity Center passes attributes on as `aws:PrincipalTag`, and which form its roles' names have, is AWS's documentation ([policies for access control](https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-abac-policies.html), [roles of permission sets](https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html)); it has been tried on no AWS account yet.

## Breaking glass
Nobody has a role in preprod and prod. With `break_glass: {notify: [soc@example.com]}` under `people_access`, beside `identity_center`, the people of `people.security` have one in each account of these stages, `fmops-break-glass`:

- It looks at endpoints, functions, logs, metrics and stacks, and stops an endpoint or a function. It reads no data, and can neither decrypt nor change rights.
- It is taken by its permission set only, in the own name, with a reason as the session tag `reason`, for an hour. A second factor is Identity Center's to ask: set it to "every time" there.
- Each taking, and each attempt, is sent to the addresses of `notify` by an encrypted topic: who, why, from where. The event is CloudTrail's, so the account needs a trail for management events, which a landing zone has; and it is written in the region where the role was taken, so the role's trust allows the home region only.

```console
$ aws sts assume-role --role-arn arn:aws:iam::000000000024:role/fmops/fmops-break-glass --role-session-name ida --source-identity ida --tags Key=reason,Value=INC-4711 --region eu-west-1
```
"""  # noqa: E501 - one line is one paragraph


def text(matrix: Matrix | None = None) -> str:
    """The whole page."""
    matrix = matrix or current()
    parts = (
        [HEAD, PICTURE],
        ["", "## Personas", *_personas(matrix), ""],
        ["## Roles", *_roles(matrix), ""],
        ["## The matrix", *_cells(matrix), ""],
        ["## Capabilities", *_capabilities(matrix), ""],
        ["## What no matrix may say", *_rules(), CENTER.rstrip()],
    )
    return "\n".join(line for part in parts for line in part).replace("\n\n\n", "\n\n") + "\n"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _personas(matrix: Matrix) -> Iterator[str]:
    """Who is who, and what each may do in which account."""
    yield "*Planned* is allowed on paper, and nothing grants it yet."
    yield ""

    def rows() -> Iterator[Sequence[str]]:
        for name, persona in matrix.personas.items():
            held: dict[str, list[str]] = {}
            for account_type, capability, effect in persona.held():
                shown = f"**{capability}**" if effect == "approve" else capability
                planned = " *(planned)*" if matrix.capabilities[capability].planned else ""
                held.setdefault(account_type, []).append(shown + planned)
            order = [kind for kind in ACCOUNT_TYPES if kind in held]
            cells = "<br>".join(f"{kind}: {', '.join(held[kind])}" for kind in order)
            yield (f"`{name}`", persona.slide, f"`{persona.role}`" if persona.role else "none", cells)

    yield from _table(("persona", "on the slides", "role", "may, **approves**"), rows())


def _roles(matrix: Matrix) -> Iterator[str]:
    """As few as the cells allow."""
    yield "As few as the matrix allows: personas that may do the same have one role, and no two roles may do the same."
    yield ""

    def rows() -> Iterator[Sequence[str]]:
        for role, what in matrix.roles.items():
            kinds = [kind for kind in ACCOUNT_TYPES if role in matrix.roles_in(kind)]
            yield (f"`{role}`", ", ".join(matrix.takers(role)), ", ".join(kinds), what)

    yield from _table(("role of people", "personas", "accounts", "for"), rows())


def _cells(matrix: Matrix) -> Iterator[str]:
    """Each cell: a row per capability and account type, a column per persona."""
    names = list(matrix.personas)

    def rows() -> Iterator[Sequence[str]]:
        for name, capability in matrix.capabilities.items():
            for account_type in capability.account_types:
                shown = f"{name} *(planned)*" if capability.planned else name
                yield (
                    account_type,
                    shown,
                    *(SIGNS[matrix.effect(persona, account_type, name)] for persona in names),
                )

    yield "A dot is a denial."
    yield ""
    yield from _table(("in", "capability", *(name.replace("_", " ") for name in names)), rows())


def _capabilities(matrix: Matrix) -> Iterator[str]:
    """What each is in AWS."""

    def rows() -> Iterator[Sequence[str]]:
        for name, capability in matrix.capabilities.items():
            yield (f"`{name}`", capability.kind, capability.what, _granted(matrix, name))

    yield from _table(("capability", "kind", "what", "in AWS"), rows())


def _granted(matrix: Matrix, name: str) -> str:
    """A capability's actions, where, and when."""
    capability = matrix.capabilities[name]
    if capability.planned:
        return "nothing yet"
    if capability.through:
        return f"by the role `{capability.through}`"
    if capability.kind == "use":
        return "by the application's own sign-in"
    lines = [
        f"{_actions(grant.actions)} on {', '.join(f'`{one}`' for one in grant.on)}{_when(grant.when)}"
        for grant in GRANTS.get(name, ())
    ]
    if name in SHARED:
        lines.append(f"the shared policy `{SHARED[name]}`")
    if capability.peer:
        lines.append(capability.peer)
    return "<br>".join(lines)


def _actions(actions: Sequence[str]) -> str:
    """Actions, each service's named once: `s3: GetObject, PutObject`."""
    services: dict[str, list[str]] = {}
    for action in actions:
        service, _, name = action.partition(":")
        services.setdefault(service, []).append(name)
    return ", ".join(f"{service}: {', '.join(names)}" for service, names in services.items())


def _when(when: When) -> str:
    clauses = [f"`{key}` {operator} `{value}`" for operator, keys in when.items() for key, value in keys.items()]
    return f" when {', '.join(clauses)}" if clauses else ""


def _rules() -> Iterator[str]:
    """The rules that loading checks, in words; the tests break each."""
    yield "`foundation/access/rules.py` refuses a matrix that breaks one of these, by the name of the cell:"
    yield ""
    yield "- each persona of `foundation.yaml` is there, no other, and each of the slides' 17;"
    yield "- capabilities and roles are known, and are where the account type has them;"
    yield "- only a decision is approved;"
    yield from (f"- {why};" for _, why in APART)
    yield "- nobody works in a stage: an application is used there, and in preprod and prod glass is broken;"
    yield "- who audits reads, and does nothing else."
    yield ""
    yield "One decision may be made by somebody who also makes models: a model's approval for preprod, since AWS"
    yield "refuses the one who trained it, by name. A unit that wants reviewers who write no code names people under"
    yield "`lead_data_scientist`."


if __name__ == "__main__":
    print(text(), end="")

"""What a capability is in AWS is known for each that is built, and for no other."""

from collections.abc import Iterator, Mapping
from typing import Any

from foundation.access import Matrix, current
from stacks.access import GRANTS, MAKERS, SHARED


def astray(matrix: Matrix, grants: Mapping[str, Any]) -> Iterator[str]:
    """Capabilities that are built and grant nothing, or that are not and do."""
    for name, capability in matrix.capabilities.items():
        by_role = not (capability.planned or capability.through or capability.kind == "use")
        if by_role != (name in grants):
            yield name
    yield from set(grants) - set(matrix.capabilities)


def test_a_capability_is_planned_or_granted() -> None:
    assert list(astray(current(), {**GRANTS, **SHARED})) == []


def test_one_without_grants_or_without_the_word_would_be_seen() -> None:
    assert list(astray(current(), {**GRANTS})) == ["request"]
    assert list(astray(current(), {**GRANTS, **SHARED, "operate": ()})) == ["operate"]
    assert list(astray(current(), {**GRANTS, **SHARED, "gone": ()})) == ["gone"]


def test_where_people_have_roles_a_capability_makes_them() -> None:
    matrix = current()
    kinds = {kind for one in matrix.capabilities.values() for kind in one.account_types if matrix.roles_in(kind)}
    assert kinds == set(MAKERS)


def test_a_grant_names_exact_actions() -> None:
    assert [action for grants in GRANTS.values() for grant in grants for action in grant.actions if "*" in action] == []

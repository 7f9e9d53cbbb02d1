"""In which order environments are deployed: what all share first, production last."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmops.problem import Problem
from foundation import Environment, Foundation

SHARED = "shared"


@dataclass(frozen=True)
class Wave:
    """Environments that are deployed together."""

    name: str
    environments: tuple[Environment, ...]

    @property
    def patterns(self) -> list[str]:
        """What `cdk deploy` is told."""
        return [f"{environment.name}/*" for environment in self.environments]


def waves(foundation: Foundation, wanted: Sequence[str] = ()) -> list[Wave]:
    """The waves of these names, or all of them in their order: shared accounts, then each account type in its turn.

    Args:
        wanted: each `shared`, an account type (`dev`: that of every business unit), or an environment (`retail-dev`).

    Raises:
        Problem: a name is none of those, or two waves hold the same environment.
    """
    environments = foundation.environments()
    found: dict[str, list[Environment]] = {}
    for environment in environments:
        wave = SHARED if environment.business_unit is None else environment.account_type
        found.setdefault(wave, []).append(environment)
    if not wanted:
        return [Wave(name, tuple(members)) for name, members in found.items()]
    for environment in environments:
        found.setdefault(environment.name, [environment])
    if unknown := [name for name in wanted if name not in found]:
        raise Problem(f"--wave {','.join(unknown)}: there is no such wave.", f"There are: {', '.join(found)}")
    chosen = [Wave(name, tuple(found[name])) for name in wanted]
    members = [environment.name for wave in chosen for environment in wave.environments]
    if twice := sorted({name for name in members if members.count(name) > 1}):
        raise Problem(f"--wave: {', '.join(twice)} would be deployed twice.", "Name it in one wave.")
    return chosen

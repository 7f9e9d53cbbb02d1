"""How long AWS would take: the longest chain of resources that wait for each other, with typical times of each.

A model: AWS promises no times. The table beside this module says where each comes from and when it was read.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fmops import products
from fmops.bootstrap.assembly import NESTED, STACK
from fmops.problem import Problem

FILE = Path(__file__).with_name("create_times.yaml")
HOUR = 3600
AT_ONCE = 4
"""Stacks that the CDK CLI works on at the same time: `fmops.deployment` asks it to."""
REFERENCE = re.compile(r"\$\{([^!}.]+)")


@functools.cache
def table() -> Mapping[str, Any]:
    """The times, as they were read."""
    found: dict[str, Any] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class Step:
    """Something that takes time.

    Attributes:
        name: the resource's logical id, or what it is.
        what: its type, or which entry of the table it is.
        quick: seconds, when all goes well.
        slow: seconds, when it doesn't.
    """

    name: str
    what: str
    quick: float
    slow: float

    @property
    def estimated(self) -> bool:
        """Whether the figure is ours: AWS publishes none."""
        return bool(entry(self.what)["basis"] == "estimate")


@dataclass(frozen=True)
class Estimate:
    """A range, and the path of steps that makes it: each waits for the one before."""

    steps: Sequence[Step]

    @property
    def quick(self) -> float:
        """Seconds, when all goes well."""
        return sum(step.quick for step in self.steps)

    @property
    def slow(self) -> float:
        """Seconds, when each step of the path is slow."""
        return sum(step.slow for step in self.steps)

    def text(self) -> str:
        """`2 to 9 minutes`."""
        return f"{minutes(self.quick)} to {minutes(self.slow)} minutes"

    def data(self) -> dict[str, Any]:
        """For machines."""
        return {
            "seconds": [round(self.quick), round(self.slow)],
            "under_an_hour": self.slow < HOUR,
            "table": str(table()["read"]),
            "path": [
                {
                    "name": step.name,
                    "what": step.what,
                    "seconds": [step.quick, step.slow],
                    "basis": entry(step.what)["basis"],
                    "source": table()["sources"][entry(step.what)["source"]],
                }
                for step in self.steps
            ],
        }


def minutes(seconds: float) -> str:
    """Whole minutes, and halves below ten."""
    return f"{round(seconds / 30) / 2:g}" if seconds < 600 else f"{round(seconds / 60)}"


def entry(what: str) -> Mapping[str, Any]:
    """The table's row for a type, or for what isn't a type."""
    found: Mapping[str, Any] = table()["types"].get(what, table()["other"]) if "::" in what else table()[what]
    return found


def step(what: str, name: str = "") -> Step:
    """A step with its times from the table."""
    quick, slow = entry(what)["seconds"]
    return Step(name or what, what, quick, slow)


def of_launch(template: Mapping[str, Any]) -> Estimate:
    """A launch of a product: Service Catalog, its stack, and the stack's longest chain."""
    return Estimate([step("launch", "Service Catalog"), *of_stack(template).steps])


def of_published(assembly: Path, product: str) -> Estimate | None:
    """A launch of a product that an assembly publishes; None where it publishes none of the name."""
    found = products.newest(assembly).get(product)
    return of_launch(found.template) if found else None


def of_stack(template: Mapping[str, Any]) -> Estimate:
    """A new stack: CloudFormation makes at once whatever waits for nothing."""
    resources: Mapping[str, Any] = template.get("Resources", {})
    waits = {name: sorted(references(resource) & (set(resources) - {name})) for name, resource in resources.items()}
    steps = {name: step(resource["Type"], name) for name, resource in resources.items()}
    chain = longest(waits, {name: made.slow for name, made in steps.items()})
    return Estimate([step("stack", "CloudFormation"), *(steps[name] for name in chain)])


def references(resource: Mapping[str, Any]) -> set[str]:
    """The logical ids that a resource waits for."""
    depends = resource.get("DependsOn", [])
    return {*([depends] if isinstance(depends, str) else depends), *_referred(resource.get("Properties", {}))}


def _referred(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for value in node:
            yield from _referred(value)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if key == "Ref":
                yield value
            elif key == "Fn::GetAtt":
                yield value.partition(".")[0] if isinstance(value, str) else value[0]
            elif key == "Fn::Sub":
                yield from REFERENCE.findall(value if isinstance(value, str) else value[0])
                yield from _referred([] if isinstance(value, str) else value[1])
            else:
                yield from _referred(value)


def longest(waits: Mapping[str, Sequence[str]], weights: Mapping[str, float]) -> list[str]:
    """The heaviest chain in a graph, its first step first.

    Args:
        waits: for each node the nodes that it waits for.
        weights: of the nodes.

    Raises:
        Problem: the graph has a circle.
    """
    best: dict[str, tuple[float, list[str]]] = {}

    def of(name: str, above: tuple[str, ...]) -> tuple[float, list[str]]:
        if name in above:
            raise Problem(f"{' -> '.join([*above[above.index(name) :], name])}: these wait for each other.")
        if name not in best:
            before = max((of(other, (*above, name)) for other in waits[name]), default=(0.0, []))
            best[name] = (before[0] + weights[name], [*before[1], name])
        return best[name]

    return max((of(name, ()) for name in waits), default=(0.0, []))[1]


@dataclass(frozen=True)
class Deployed:
    """A stack of an assembly: its template, and the stacks that it waits for."""

    template: Mapping[str, Any]
    after: tuple[str, ...]


def of_environments(assembly: Path, names: Sequence[str]) -> Estimate:
    """Environments that are deployed together: each stack waits for those that it needs, and for its turn.

    Args:
        assembly: the cloud assembly.
        names: of environments, e.g. `retail-dev`.

    Raises:
        Problem: the assembly has no such environment.
    """
    found: dict[str, Deployed] = {}
    for name in names:
        stacks = dict(_stacks(assembly, name))
        if not stacks:
            raise Problem(f"{name}: not in {assembly}.", "Synthesise first: make synth")
        found |= stacks
    inside = {name: of_stack(stack.template) for name, stack in found.items()}
    chain = last_to_finish(
        {name: [other for other in stack.after if other in found] for name, stack in found.items()},
        {name: step("deployment").slow + estimate.slow for name, estimate in inside.items()},
    )
    return Estimate([part for name in chain for part in (step("deployment", name), *inside[name].steps)])


def last_to_finish(
    waits: Mapping[str, Sequence[str]], weights: Mapping[str, float], at_once: int = AT_ONCE
) -> list[str]:
    """The chain that ends last when only so many are worked on at once: each began when the one before it ended.

    Raises:
        Problem: the graph has a circle.
    """
    longest(waits, weights)  # there is no circle
    ends: dict[str, float] = {}
    before: dict[str, str] = {}
    lines: list[str | None] = [None] * at_once  # what each is busy with
    while left := [name for name in waits if name not in ends]:
        ready = [name for name in left if all(other in ends for other in waits[name])]
        free = min(range(at_once), key=lambda line: ends.get(lines[line] or "", 0))
        began = {
            name: max([*waits[name], *filter(None, [lines[free]])], key=ends.__getitem__, default="") for name in ready
        }
        chosen = min(ready, key=lambda name: ends.get(began[name], 0))
        ends[chosen] = ends.get(began[chosen], 0) + weights[chosen]
        before[chosen], lines[free] = began[chosen], chosen
    chain = [max(ends, key=ends.__getitem__)] if ends else []
    while chain and before[chain[0]]:
        chain.insert(0, before[chain[0]])
    return chain


def _stacks(assembly: Path, environment: str) -> Iterator[tuple[str, Deployed]]:
    manifest = assembly / "manifest.json"
    artifacts = json.loads(manifest.read_text(encoding="utf-8"))["artifacts"] if manifest.exists() else {}
    for artifact in artifacts.values():
        properties = artifact.get("properties", {})
        if artifact["type"] == NESTED and properties.get("displayName") == environment:
            folder = assembly / properties["directoryName"]
            inner = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["artifacts"]
            for name, stack in inner.items():
                if stack["type"] == STACK:
                    template = json.loads((folder / stack["properties"]["templateFile"]).read_text(encoding="utf-8"))
                    yield name, Deployed(template, tuple(stack.get("dependencies", ())))

"""How long the synthesis of the example organisation takes, beside the least that CDK could take for as much.

python benchmarks/bench_synth.py [--runs 5] [--json]

Every figure is the median over whole processes, from start to end, of runs that take turns: what disturbs the machine
disturbs all. "Per 100" is what a process takes longer than the bare import of aws_cdk, for 100 resources. Beside the
seconds of the clock stand those of the processor, Python's and Node's together: where they are far apart, others used
the machine.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
ACCOUNT = "retail-dev"

BARS = {
    "whole, packs on": ("per_100", 1.0),
    "whole, checks off": ("per_100", 0.5),
    "one account": ("of_whole", 1 / 3),
}
"""The most that a figure may be: which of its numbers, and how much."""


@dataclass(frozen=True)
class Subject:
    """Something to time.

    Attributes:
        name: what the report calls it.
        arguments: of `benchmarks.synth_subjects`.
        context: CDK's `-c` settings.
    """

    name: str
    arguments: tuple[str, ...]
    context: dict[str, str]

    def run(self, outdir: Path) -> "Run":
        """One process that writes its assembly to `outdir`.

        Raises:
            subprocess.CalledProcessError: it failed; its output says why.
        """
        environment = {**os.environ, "CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": json.dumps(self.context)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled by the first run, as on anybody's machine
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        started, before = time.perf_counter(), _cpu()
        subprocess.run(
            [sys.executable, "-m", "benchmarks.synth_subjects", *self.arguments],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return Run(time.perf_counter() - started, _cpu() - before)


class Run(NamedTuple):
    """Seconds of one process, by the clock and of the processor."""

    seconds: float
    cpu: float


def _cpu() -> float:
    """Seconds that all ended children have computed, and their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Figure:
    """What a subject took.

    Attributes:
        seconds: the median, by the clock.
        cpu: the median, of the processor.
        runs: each run's seconds by the clock.
        resources: how many resources its templates hold.
        stacks: in how many templates.
        over_import: seconds beyond those of the bare import.
        per_100: of those, for each 100 resources.
        of_whole: its share of the whole organisation's seconds, packs on.
    """

    name: str
    seconds: float
    cpu: float
    runs: tuple[float, ...]
    resources: int
    stacks: int
    over_import: float
    per_100: float
    of_whole: float


def size(assembly: Path) -> tuple[int, int]:
    """(resources, templates) of an assembly, products too."""
    templates = sorted(assembly.rglob("*.template.json"))
    contents = [json.loads(file.read_text(encoding="utf-8")) for file in templates]
    return sum(len(content.get("Resources", {})) for content in contents), len(templates)


def measure(foundation: Path, account: str, runs: int) -> list[Figure]:
    """Times all subjects, taking turns."""
    settings = {"foundation": str(foundation.resolve())}
    with tempfile.TemporaryDirectory() as scratch:
        whole = Subject("whole, packs on", ("program",), settings)
        whole.run(Path(scratch) / "first")  # also warms the file caches, for all alike
        resources, stacks = size(Path(scratch) / "first")
        subjects = [
            Subject("bare import", ("import",), {}),
            Subject("floor: plain L1", ("floor", str(resources), str(stacks)), {}),
            whole,
            Subject("whole, checks off", ("unchecked",), settings),
            Subject("one account", ("program",), {**settings, "accounts": account}),
        ]
        ran: dict[str, list[Run]] = {subject.name: [] for subject in subjects}
        for number in range(runs):
            for subject in subjects:
                ran[subject.name].append(subject.run(Path(scratch) / subject.name / str(number)))
        sizes = {subject.name: size(Path(scratch) / subject.name / "0") for subject in subjects}
    return figures(ran, sizes)


def figures(ran: dict[str, list[Run]], sizes: dict[str, tuple[int, int]]) -> list[Figure]:
    """Medians and shares of what was measured; the first is the bare import."""
    medians = {name: statistics.median(run.seconds for run in runs) for name, runs in ran.items()}
    base = medians["bare import"]
    return [
        Figure(
            name=name,
            seconds=median,
            cpu=statistics.median(run.cpu for run in ran[name]),
            runs=tuple(run.seconds for run in ran[name]),
            resources=sizes[name][0],
            stacks=sizes[name][1],
            over_import=median - base,
            per_100=(median - base) * 100 / sizes[name][0] if sizes[name][0] else 0.0,
            of_whole=median / medians["whole, packs on"],
        )
        for name, median in medians.items()
    ]


def verdicts(found: Sequence[Figure]) -> dict[str, bool]:
    """Whether each figure with a bar keeps it."""
    return {one.name: getattr(one, BARS[one.name][0]) <= BARS[one.name][1] for one in found if one.name in BARS}


def table(found: Sequence[Figure]) -> str:
    """The figures side by side, each with its ratio to the floor."""
    floor = next(one for one in found if one.name.startswith("floor"))
    kept = verdicts(found)
    lines = [
        f"{'':<20}{'seconds':>9}{'cpu':>7}{'stacks':>8}{'resources':>11}{'over import':>13}{'per 100':>9}"
        f"{'× floor':>9}{'of whole':>10}  bar"
    ]
    for one in found:
        ratio = f"{one.per_100 / floor.per_100:.1f}" if one.resources and floor.per_100 > 0 else ""
        bar = ""
        if one.name in BARS:
            which, most = BARS[one.name]
            bar = f"{which.replace('_', ' ')} <= {most:.2f}: {'kept' if kept[one.name] else 'MISSED'}"
        lines.append(
            f"{one.name:<20}{one.seconds:>9.2f}{one.cpu:>7.2f}{one.stacks:>8}{one.resources:>11}{one.over_import:>13.2f}"
            f"{one.per_100:>9.2f}{ratio:>9}{one.of_whole:>10.2f}  {bar}".rstrip()
        )
    runs = len(found[0].runs)
    return "\n".join([*lines, f"Median of {runs} runs that take turns; {os.cpu_count()} cores."])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="processes per figure (default: 5)")
    parser.add_argument("--foundation", type=Path, default=ROOT / "foundation.yaml", help="another organisation")
    parser.add_argument(
        "--account", default=ACCOUNT, help=f"the environment that is also synthesised alone ({ACCOUNT})"
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    given = parser.parse_args(arguments)
    found = measure(given.foundation, given.account, given.runs)
    kept = verdicts(found)
    as_json = {"cores": os.cpu_count(), "figures": [asdict(one) for one in found], "kept": kept}
    print(json.dumps(as_json, indent=2) if given.json else table(found))
    return 0 if all(kept.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

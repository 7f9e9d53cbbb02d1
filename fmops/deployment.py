"""The real CDK CLI: synthesise, deploy what was synthesised, say how far it is. `fmops.bootstrap` prepares accounts."""

import json
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fmops.problem import FAILED, Problem
from fmops.target import Target

ROOT = Path(__file__).resolve().parent.parent
CDK = ROOT / "node_modules" / ".bin" / "cdk"
FAILURE = re.compile(r"\s*❌|ERROR ")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Tool:
    """A program this project runs, and how its version is told."""

    name: str
    argv: tuple[str, ...]


TOOLS = (
    Tool("Python", (sys.executable, "--version")),
    Tool("Node", ("node", "--version")),
    Tool("CDK", (str(CDK), "--version")),
)


def search_path() -> str:
    """PATH with this environment's programs first: Node, Python and the CDK CLI come from the locks."""
    return os.pathsep.join([str(Path(sys.prefix) / "bin"), str(CDK.parent), os.environ.get("PATH", os.defpath)])


def versions() -> dict[str, str]:
    """Version by tool.

    Raises:
        Problem: a tool is missing.
    """
    found = {}
    for tool in TOOLS:
        try:
            answer = subprocess.run(
                tool.argv,
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
                env={**os.environ, "PATH": search_path()},
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise Problem(f"{tool.name} doesn't run ({error}).", "Set the environment up again: make setup") from error
        match = re.search(r"\d+(\.\d+)+", answer.stdout)
        found[tool.name] = match[0] if match else answer.stdout.strip()
    return found


def run_cdk(arguments: Sequence[str], *, env: Mapping[str, str], folder: Path, on_line: Progress) -> None:
    """Runs the CDK CLI to its end.

    Raises:
        Problem: it fails; the message holds its last lines.
    """
    tail: deque[str] = deque(maxlen=40)
    said: list[str] = []  # from the first failure on: what else is in flight goes on for a while
    with subprocess.Popen(
        [str(CDK), *arguments],
        cwd=folder,
        env={**env, "PATH": search_path(), "CI": "true", "NO_COLOR": "1", "FORCE_COLOR": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            for line in process.stdout or ():
                tail.append(line.rstrip())
                if said or FAILURE.match(line):
                    said.append(tail[-1])
                on_line(tail[-1])
        except BaseException:
            process.terminate()
            raise
    code = process.returncode
    if code:
        raise Problem(
            f"cdk {arguments[0]} failed:\n" + "\n".join(line for line in said or tail if line),
            "Mend it and run it again: what is deployed stays.",
            FAILED,
        )


def synth(out: Path, *, context: Mapping[str, str] | None = None) -> None:
    """Writes the cloud assembly.

    Raises:
        Problem: the config or a check refuses; the message is the app's own.
    """
    argv = [sys.executable, str(ROOT / "app.py")]
    wanted = {"CDK_OUTDIR": str(out.resolve()), "CDK_CONTEXT_JSON": json.dumps(dict(context or {}))}
    env = {**os.environ, "PATH": search_path(), **wanted}
    answer = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise Problem(
            f"Nothing was synthesised:\n{(answer.stderr or answer.stdout).strip()}", exit_code=answer.returncode
        )


def deploy(
    target: Target,
    assembly: Path,
    *,
    patterns: Sequence[str],
    account: str,
    progress: Progress,
    concurrency: int = 4,
    exclusively: bool = False,
) -> int:
    """Deploys stacks of an assembly, from `account` (tooling) through the bootstrap roles; says how many stacks.

    Args:
        exclusively: without the stacks that they depend on, which stand already.
    """
    done: list[str] = []

    def on_line(line: str) -> None:
        if match := re.match(r"\s*✅\s+(\S+)", line):
            done.append(match[1])
        progress(f"{len(done)} stacks · {line.strip()[:60]}" if line.strip() else f"{len(done)} stacks")

    run_cdk(
        [
            "deploy",
            "--app",
            str(assembly.resolve()),
            *patterns,
            *(["--exclusively"] if exclusively else []),
            "--require-approval=never",
            f"--concurrency={concurrency}",
            "--progress=events",
        ],
        env=target.environment(target.administrator(account)),
        folder=assembly.parent,
        on_line=on_line,
    )
    return len(done)

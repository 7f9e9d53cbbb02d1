"""A build's shell: one bash process per phase, with the variables and the folder that the phase before left."""

import shlex
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from fmops.local import process
from fmops.local.process import Sink

# What `declare -p` prints is read back by the next phase; bash's own read-only variables cannot be set again.
_SCRIPT = """\
state={state}
leave() {{
  code=$?
  trap - EXIT
  {{ declare -p | grep -v '^declare -[A-Za-z]*r'; declare -f; }} > "$state/variables"
  env -0 > "$state/environment"
  pwd > "$state/folder"
  exit "$code"
}}
[ -f "$state/variables" ] && . "$state/variables" 2>/dev/null
cd "$(cat "$state/folder")" || exit 1
export CODEBUILD_BUILD_SUCCEEDING={succeeding}
trap leave EXIT
for FMOPS_COMMAND in {commands}; do
  echo "$FMOPS_COMMAND" > "$state/command"
  echo "[Container] $(date -u '+%Y/%m/%d %H:%M:%S') Running command $(cat "$FMOPS_COMMAND")"
  eval "$(cat "$FMOPS_COMMAND")" || exit $?
done
"""


class Shell:
    """Runs lists of commands in a build's folder.

    Args:
        state: an empty folder for what is kept between phases.
        folder: where the first command starts.
        env: the environment of the first command.
    """

    def __init__(self, state: Path, folder: Path, env: Mapping[str, str]) -> None:
        self._state, self._env, self._count = state, dict(env), 0
        self._process: subprocess.Popen[str] | None = None
        state.mkdir(parents=True)
        (state / "folder").write_text(f"{folder}\n")

    def run(
        self, commands: Iterable[str], *, succeeding: bool, sink: Sink, timeout: float
    ) -> tuple[process.Result, str]:
        """Runs the commands until one fails. Returns how that ended and the last command that was started."""
        files = []
        for command in commands:
            self._count += 1
            files.append(self._state / f"command-{self._count}")
            files[-1].write_text(command)
        script = self._state / f"script-{self._count}"
        script.write_text(
            _SCRIPT.format(
                state=shlex.quote(str(self._state)),
                succeeding=int(succeeding),
                commands=" ".join(shlex.quote(str(file)) for file in files),
            )
        )
        folder = Path((self._state / "folder").read_text().rstrip("\n"))
        here = folder if folder.is_dir() else self._state
        argv = ["bash", str(script)]
        result = process.run(argv, cwd=here, env=self._env, sink=sink, timeout=timeout, started=self._started)
        last = self._state / "command"
        return result, Path(last.read_text().rstrip("\n")).read_text() if last.exists() else ""

    def variables(self) -> dict[str, str]:
        """The exported variables that the last phase left."""
        saved = self._state / "environment"
        if not saved.exists():
            return dict(self._env)
        pairs = (item.partition("=")[::2] for item in saved.read_text(errors="replace").split("\0") if item)
        return dict(pairs)

    def _started(self, running: "subprocess.Popen[str]") -> None:
        self._process = running

    def stop(self) -> None:
        """Ends the phase that is running."""
        if self._process in process.RUNNING:
            process.kill(self._process)

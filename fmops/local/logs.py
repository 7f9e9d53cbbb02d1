"""Lines of output to CloudWatch Logs."""

import threading
import time

from fmops.local import identity

_BATCH, _SECONDS = 200, 0.5


class Stream:
    """A log stream of the current account and region; call it with a line. `close()` writes what is left.

    Lines are written in batches, at most half a second after they came, so a silent process loses nothing.
    """

    def __init__(self, group: str, name: str) -> None:
        self._client = identity.client("logs")
        self._target = {"logGroupName": group, "logStreamName": name}
        self._lines: list[dict[str, object]] = []
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        for make, members in (
            (self._client.create_log_group, ("logGroupName",)),
            (self._client.create_log_stream, self._target),
        ):
            try:
                make(**{member: self._target[member] for member in members})
            except self._client.exceptions.ResourceAlreadyExistsException:
                continue

    def __call__(self, line: str) -> None:
        with self._lock:
            self._lines.append({"timestamp": int(time.time() * 1000), "message": line or " "})
            full = len(self._lines) >= _BATCH
            if self._timer is None and not full:
                self._timer = threading.Timer(_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()
        if full:
            self.flush()

    def flush(self) -> None:
        """Writes the lines that wait."""
        with self._lock:
            lines, self._lines = self._lines, []
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if lines:
                self._client.put_log_events(**self._target, logEvents=lines)

    def close(self) -> None:
        """Writes what is left."""
        self.flush()


def stream(group: str, name: str) -> Stream:
    """A sink that writes lines to a log stream; group and stream are made when missing."""
    return Stream(group, name)

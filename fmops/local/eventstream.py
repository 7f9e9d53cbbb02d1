"""Answers that come as they are made: AWS's event-stream frames, sent while the behaviour still works.

The framing is that of `application/vnd.amazon.eventstream`: a prelude of two lengths and its checksum, headers, the
payload, a checksum over all (Amazon Transcribe Developer Guide, "Event stream encoding").
"""

import asyncio
import base64
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from ministack.core.concurrency import run_reentrant
from ministack.core.responses import StreamingResponse

from fmops.local.registry import AwsError, Params

Event = tuple[str, Params]
"""A member of the operation's event union, and its content."""
_STRING = 7


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """One message of the stream."""
    packed = b"".join(
        struct.pack(f"!B{len(name)}sBH", len(name), name.encode(), _STRING, len(value.encode())) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", 16 + len(packed) + len(payload), len(packed))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + packed + payload
    return message + struct.pack("!I", zlib.crc32(message))


def event(name: str, content: Params) -> bytes:
    """An event's message; bytes become base64, as in JSON bodies."""
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, json.dumps(content, default=_plain).encode())


def exception(error: AwsError) -> bytes:
    """What a stream ends with when it fails halfway: the status was 200 already."""
    name = error.code[0].lower() + error.code[1:]
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return frame(headers, json.dumps({"message": error.message, **error.members}, default=_plain).encode())


def _plain(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _frames(first: Event, events: Iterator[Event]) -> Iterator[bytes]:
    yield event(*first)
    try:
        for found in events:
            yield event(*found)
    except AwsError as error:
        yield exception(error)
    except Exception as error:  # noqa: BLE001 - the status has been sent: the client must hear it in the stream
        yield exception(AwsError("InternalServerException", f"embedded AWS: {error!r}"))


def response(operation: Any, result: Params) -> tuple[int, dict[str, str], StreamingResponse]:
    """An operation's answer whose event-stream member is an iterator of events.

    The first event is awaited here, so that what fails before it is a plain error.

    Args:
        operation: botocore's model of the operation.
        result: the response's members.
    """
    members = operation.output_shape.members
    streamed = next(name for name, shape in members.items() if shape.serialization.get("eventstream"))
    headers = {"content-type": "application/vnd.amazon.eventstream"}
    for name, shape in members.items():
        if name in result and shape.serialization.get("location") == "header":
            headers[shape.serialization["name"].lower()] = str(result[name])
    events: Iterator[Event] = iter(result[streamed])
    return operation.http.get("responseCode", 200), headers, StreamingResponse(_Runner(_frames(next(events), events)))


class _Runner:
    """Sends frames as they come, each made on a thread; a client that hangs up ends the work."""

    def __init__(self, frames: Iterator[bytes]) -> None:
        self._frames = frames

    async def __call__(self, send: Any, receive: Any) -> None:
        gone = asyncio.ensure_future(receive())  # the request was read: what may still come is the hang-up
        try:
            while not gone.done():
                found = await run_reentrant(next, self._frames, None)
                await send({"type": "http.response.body", "body": found or b"", "more_body": found is not None})
                if found is None:
                    return
        finally:
            gone.cancel()
            await run_reentrant(self._frames.close)  # type: ignore[attr-defined] # it is a generator

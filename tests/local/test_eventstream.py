"""Event streams: botocore reads what we write; what fails is told before the stream, or in it; a hang-up ends it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer

from fmops.local import eventstream, shapes
from fmops.local.registry import AwsError

CONVERSE = shapes.model("bedrock-runtime").operation_model("ConverseStream")
INVOKE = shapes.model("bedrock-runtime").operation_model("InvokeModelWithResponseStream")


def read(data: bytes) -> list[Any]:
    """The messages in a body."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


def sent(answer: Any, hang_up_after: int | None = None) -> list[bytes]:
    """The body's parts as the client gets them; after so many of them the client hangs up."""
    parts: list[bytes] = []

    async def serve() -> None:
        gone = asyncio.Event()

        async def send(message: dict[str, Any]) -> None:
            parts.append(message["body"])
            if len(parts) == hang_up_after:
                gone.set()
            await asyncio.sleep(0)

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        await answer[2].runner(send, receive)

    asyncio.run(serve())
    return parts


def test_botocore_reads_a_frame() -> None:
    (message,) = read(eventstream.event("chunk", {"bytes": b"\x00\xff", "text": "ü"}))
    assert message.headers == {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
    assert json.loads(message.payload) == {"bytes": "AP8=", "text": "ü"}


def test_a_changed_frame_is_noticed() -> None:
    frame = bytearray(eventstream.event("chunk", {"text": "x"}))
    frame[-6] ^= 1
    with pytest.raises(ChecksumMismatch):
        read(bytes(frame))


def test_events_come_in_order_and_the_body_ends() -> None:
    events = [("messageStart", {"role": "assistant"}), ("messageStop", {"stopReason": "end_turn"})]
    answer = eventstream.response(CONVERSE, {"stream": iter(events)})
    assert (answer[0], answer[1]["content-type"]) == (200, "application/vnd.amazon.eventstream")
    parts = sent(answer)
    assert [message.headers[":event-type"] for message in read(b"".join(parts))] == ["messageStart", "messageStop"]
    assert parts[-1] == b""


def test_members_in_headers() -> None:
    answer = eventstream.response(
        INVOKE, {"body": iter([("chunk", {"bytes": b"x"})]), "contentType": "application/json"}
    )
    assert answer[1]["x-amzn-bedrock-content-type"] == "application/json"


def failing(after: int, error: Exception) -> Iterator[eventstream.Event]:
    """Events, and then an error."""
    for _ in range(after):
        yield "contentBlockDelta", {}
    raise error


def test_what_fails_before_the_first_event_is_a_plain_error() -> None:
    with pytest.raises(AwsError, match="no"):
        eventstream.response(CONVERSE, {"stream": failing(0, AwsError("ValidationException", "no"))})


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AwsError("ModelStreamErrorException", "no"), "modelStreamErrorException"),
        (ZeroDivisionError("no"), "internalServerException"),
    ],
)
def test_what_fails_later_is_told_in_the_stream(error: Exception, kind: str) -> None:
    messages = read(b"".join(sent(eventstream.response(CONVERSE, {"stream": failing(2, error)}))))
    assert [message.headers[":message-type"] for message in messages] == ["event", "event", "exception"]
    assert messages[-1].headers[":exception-type"] == kind
    assert "no" in json.loads(messages[-1].payload)["message"]


def test_a_hang_up_ends_the_work() -> None:
    ended = []

    def endless() -> Iterator[eventstream.Event]:
        try:
            while True:
                yield "contentBlockDelta", {}
        finally:
            ended.append(True)

    parts = sent(eventstream.response(CONVERSE, {"stream": endless()}), hang_up_after=3)
    assert ended == [True]
    assert len(parts) < 10

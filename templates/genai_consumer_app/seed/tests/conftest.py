"""Doubles of what the functions talk to: a table, a model behind a guardrail, a key."""

from typing import Any

import pytest
from app.messages import Messages
from app.settings import Settings
from botocore.exceptions import ClientError

SETTINGS = Settings("table", "answerer", "arn:profile", "guard", "1", 90, "ab12")


class Table:
    """Items in memory, with the one condition that the application sets."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def put_item(self, Item: dict[str, Any]) -> None:  # noqa: N803 - boto3's words
        self.items[Item["id"]] = dict(Item)

    def get_item(self, Key: dict[str, str], ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        assert ConsistentRead
        return {"Item": dict(self.items[Key["id"]])} if Key["id"] in self.items else {}

    def update_item(self, Key: dict[str, str], **how: Any) -> None:  # noqa: N803
        item, values = self.items.get(Key["id"]), how["ExpressionAttributeValues"]
        if item is None or item["owner"] != values.get(":owner", item["owner"]):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "UpdateItem")
        for name, field in how["ExpressionAttributeNames"].items():
            if name != "#owner":
                item[field] = values[f":{name[1:]}"]


class Model:
    """Says what it is told to say, piece by piece; records how it was asked."""

    def __init__(self, *pieces: str, reason: str | None = "end_turn", fails_after: int | None = None) -> None:
        self.pieces, self.reason, self.fails_after, self.asked = pieces, reason, fails_after, {}

    def converse_stream(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return {"stream": self._events()}

    def _events(self):
        for number, piece in enumerate(self.pieces):
            if number == self.fails_after:
                raise ClientError({"Error": {"Code": "ModelStreamErrorException"}}, "ConverseStream")
            yield {"contentBlockDelta": {"delta": {"text": piece}, "contentBlockIndex": 0}}
        if self.reason:
            yield {"messageStop": {"stopReason": self.reason}}
        yield {"metadata": {"usage": {"inputTokens": 7, "outputTokens": 3}}}


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def messages(table) -> Messages:
    return Messages("table", 90, table)


@pytest.fixture
def settings() -> Settings:
    return SETTINGS


@pytest.fixture
def model():
    return Model

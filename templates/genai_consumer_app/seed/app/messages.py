"""What was asked, answered and rated: one item of a table per message, read and changed by its owner only."""

import time
import uuid
from typing import Any

import boto3
from botocore.exceptions import ClientError

RATINGS = ("good", "bad")
LONGEST_COMMENT = 500
SHOWN = ("id", "status", "question", "text", "rating")
"""What an owner sees of a message."""


class UnknownMessageError(LookupError):
    """There is no such message of this user: it isn't told whether somebody else has one."""


class RatingError(ValueError):
    """A rating that can't be stored."""


class Messages:
    """The table.

    Args:
        name: of the table.
        keep_days: how long a message is kept.
        table: the table itself, for tests.
    """

    def __init__(self, name: str, keep_days: int, table: Any = None) -> None:
        self._table = table or boto3.resource("dynamodb").Table(name)
        self._keep = keep_days * 24 * 3600

    def add(self, owner: str, question: str) -> dict[str, Any]:
        """A new message that waits for its answer."""
        now = int(time.time())
        message = {
            "id": uuid.uuid4().hex,
            "owner": owner,
            "status": "waiting",
            "question": question,
            "text": "",
            "asked": now,
            "expires": now + self._keep,
        }
        self._table.put_item(Item=message)
        return shown(message)

    def question(self, id: str) -> str:
        """What is to be answered: for the function that answers, which is told the id by us.

        Raises:
            UnknownMessageError: there is none.
        """
        return str(self._item(id)["question"])

    def of(self, owner: str, id: str) -> dict[str, Any]:
        """A user's own message.

        Raises:
            UnknownMessageError: there is none.
        """
        item = self._item(id)
        if item["owner"] != owner:
            raise UnknownMessageError(id)
        return shown(item)

    def tell(self, id: str, status: str, text: str, **about: Any) -> None:
        """Keeps how far the answer is, and what it was made with."""
        self._set(id, {"status": status, "text": text, **about})

    def rate(self, owner: str, id: str, rating: Any, comment: Any) -> dict[str, Any]:
        """Keeps what the user thinks of the answer.

        Raises:
            UnknownMessageError: there is no such message of this user.
            RatingError: it isn't answered, or the rating is none.
        """
        if rating not in RATINGS:
            raise RatingError(f"A rating is one of {', '.join(RATINGS)}.")
        if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
            raise RatingError(f"A comment is a text of at most {LONGEST_COMMENT} characters.")
        message = self.of(owner, id)
        if message["status"] != "answered":
            raise RatingError("Only an answer can be rated.")
        self._set(id, {"rating": rating, "comment": comment, "rated": int(time.time())}, owner=owner)
        return {**message, "rating": rating}

    def _item(self, id: str) -> dict[str, Any]:
        item = self._table.get_item(Key={"id": id}, ConsistentRead=True).get("Item")
        if item is None:
            raise UnknownMessageError(id)
        found: dict[str, Any] = item
        return found

    def _set(self, id: str, values: dict[str, Any], owner: str | None = None) -> None:
        names = {f"#{number}": name for number, name in enumerate(values)}
        written = {f":{number}": value for number, value in enumerate(values.values())}
        condition = {"ConditionExpression": "attribute_exists(id)"}
        if owner is not None:
            names["#owner"], written[":owner"] = "owner", owner
            condition = {"ConditionExpression": "#owner = :owner"}
        try:
            self._table.update_item(
                Key={"id": id},
                UpdateExpression="SET " + ", ".join(f"#{n} = :{n}" for n in range(len(values))),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=written,
                **condition,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise UnknownMessageError(id) from error


def shown(item: dict[str, Any]) -> dict[str, Any]:
    """A message as its owner sees it."""
    return {name: item[name] for name in SHOWN if name in item}

"""The interface: a page for everybody in the private network, messages for whom the authoriser knows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from app.messages import Messages, RatingError, UnknownMessageError
from app.prompt import QuestionError, checked
from app.records import record
from app.settings import Settings

PAGE = Path(__file__).parent / "page"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
SAFE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer: nothing is loaded from elsewhere, nothing is kept, nothing is framed."""

Reply = dict[str, Any]
Event = dict[str, Any]


class Interface:
    """What the routes do.

    Args:
        messages: the table.
        start: has a message answered; it does not wait for that.
        release: the digest of the bundle that runs.
    """

    def __init__(self, messages: Messages, start: Callable[[str], None], release: str) -> None:
        self._messages, self._start, self._release = messages, start, release
        self._routes: dict[str, Callable[[Event], Reply]] = {
            "GET /": lambda event: page("index.html", event),
            "GET /page/{file}": lambda event: page(parameter(event, "file"), event),
            "GET /release": lambda _event: reply(200, {"release": self._release}),
            "POST /messages": self._ask,
            "GET /messages/{id}": lambda event: reply(200, self._messages.of(owner(event), parameter(event, "id"))),
            "PUT /messages/{id}/rating": self._rate,
        }

    def answer(self, event: Event) -> Reply:
        """The reply to a request of API Gateway (Lambda proxy). What goes wrong inside stays inside."""
        route = f"{event['httpMethod']} {event['resource']}"
        try:
            return self._routes[route](event)
        except UnknownMessageError:
            return reply(404, {"error": "There is no such message."})
        except (QuestionError, RatingError) as error:
            return reply(400, {"error": str(error)})
        except Exception as error:
            request = event.get("requestContext", {}).get("requestId", "")
            record("error", route=route, error=type(error).__name__, request=request)
            return reply(500, {"error": "This didn't work. Try again in a while.", "request": request})

    def _ask(self, event: Event) -> Reply:
        question = checked(body(event).get("question"))
        message = self._messages.add(owner(event), question)
        self._start(message["id"])
        return reply(202, message)

    def _rate(self, event: Event) -> Reply:
        given = body(event)
        id = parameter(event, "id")
        return reply(200, self._messages.rate(owner(event), id, given.get("rating"), given.get("comment", "")))


def owner(event: Event) -> str:
    """Who asks, as the authoriser has verified it.

    Raises:
        KeyError: nobody has: the interface is deployed wrongly.
    """
    return str(event["requestContext"]["authorizer"]["principalId"])


def parameter(event: Event, name: str) -> str:
    return str((event.get("pathParameters") or {}).get(name, ""))


def body(event: Event) -> dict[str, Any]:
    """The request's JSON object.

    Raises:
        QuestionError: it is none.
    """
    try:
        found = json.loads(event.get("body") or "")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise QuestionError("Send a JSON object.")
    return found


def reply(status: int, content: dict[str, Any]) -> Reply:
    headers = {"Content-Type": "application/json", **SAFE}
    return {"statusCode": status, "headers": headers, "body": json.dumps(content)}


def page(name: str, event: Event) -> Reply:
    """A file of the page; links in it are relative to the stage."""
    file = PAGE / name
    if file.parent != PAGE or not file.is_file():
        return reply(404, {"error": "There is no such page."})
    text = file.read_text(encoding="utf-8").replace("{{stage}}", str(event["requestContext"]["stage"]))
    headers = {"Content-Type": f"{TYPES[file.suffix]}; charset=utf-8", **SAFE}
    return {"statusCode": 200, "headers": headers, "body": text}


def handler(event: Event, _context: object) -> Reply:
    """Lambda's entry."""
    settings = Settings.of()
    functions = boto3.client("lambda")

    def start(id: str) -> None:
        functions.invoke(
            FunctionName=settings.answerer, InvocationType="Event", Payload=json.dumps({"id": id}).encode()
        )

    return Interface(Messages(settings.table, settings.keep_days), start, settings.release).answer(event)

"""The page and its back end on this machine: messages in memory, and a model that repeats the line that fits best.

python -m local_run [PORT]
"""

import json
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.answer import answer
from app.api import Interface
from app.messages import Messages
from app.settings import Settings

SETTINGS = Settings("local", "local", "local", "local", "local", 1, "local")
ROUTES = (
    (r"/local/?", "/", ()),
    (r"/local/page/([^/]+)", "/page/{file}", ("file",)),
    (r"/local/release", "/release", ()),
    (r"/local/messages", "/messages", ()),
    (r"/local/messages/([^/]+)", "/messages/{id}", ("id",)),
    (r"/local/messages/([^/]+)/rating", "/messages/{id}/rating", ("id",)),
)


class Memory:
    """A table that is forgotten when the program ends."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, Any]] = {}

    def put_item(self, **call: Any) -> None:
        self._items[call["Item"]["id"]] = dict(call["Item"])

    def get_item(self, **call: Any) -> dict[str, Any]:
        item = self._items.get(call["Key"]["id"])
        return {"Item": dict(item)} if item else {}

    def update_item(self, **call: Any) -> None:
        for name, field in call["ExpressionAttributeNames"].items():
            if name != "#owner":
                self._items[call["Key"]["id"]][field] = call["ExpressionAttributeValues"][f":{name[1:]}"]


class Parrot:
    """Answers with the line of its context that shares most words with the question."""

    def converse_stream(self, **asked: Any) -> dict[str, Any]:
        words = set(re.findall(r"\w{4,}", asked["messages"][0]["content"][0]["text"].lower()))
        lines = asked["system"][0]["text"].partition("Context:")[2].splitlines()
        return {"stream": self._events(max(lines, key=lambda line: len(words & set(re.findall(r"\w+", line.lower())))))}

    def _events(self, text: str) -> Iterator[dict[str, Any]]:
        for word in text.split():
            yield {"contentBlockDelta": {"delta": {"text": f"{word} "}}}
        yield {"messageStop": {"stopReason": "end_turn"}}


def interface() -> Interface:
    messages = Messages("local", 1, Memory())

    def start(id: str) -> None:
        threading.Thread(target=answer, args=(id, messages, SETTINGS, Parrot())).start()

    return Interface(messages, start, SETTINGS.release)


def event(method: str, path: str, body: str) -> dict[str, Any] | None:
    """What API Gateway would hand over; None where there is no such route."""
    for pattern, resource, names in ROUTES:
        if found := re.fullmatch(pattern, path.partition("?")[0]):
            return {
                "httpMethod": method,
                "resource": resource,
                "pathParameters": dict(zip(names, found.groups(), strict=True)),
                "body": body,
                "requestContext": {"stage": "local", "authorizer": {"principalId": "you"}},
            }
    return None


def handler(served: Interface) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            asked = event(self.command, self.path, body)
            reply = served.answer(asked) if asked else {"statusCode": 404, "headers": {}, "body": json.dumps({})}
            self.send_response(reply["statusCode"])
            for name, value in reply["headers"].items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply["body"].encode())

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler


def serve(port: int) -> ThreadingHTTPServer:
    return ThreadingHTTPServer(("127.0.0.1", port), handler(interface()))


def main() -> None:
    server = serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8080)
    print(f"http://127.0.0.1:{server.server_port}/local/#token=you   (Ctrl-C ends it)")
    server.serve_forever()


if __name__ == "__main__":
    main()

"""The inside of a hosting container: SageMaker's inference toolkit contract over HTTP. It stands alone, as a program.

The model folder's `code/inference.py` (or SAGEMAKER_PROGRAM) gives `model_fn(model_dir)` and, where the defaults do not
do, `input_fn`, `predict_fn`, `output_fn`, or `transform_fn` for all three. Each may take a last argument `context`
(`request_headers`, `set_response_header`). GET /ping answers 200 once the model is loaded; POST /invocations predicts.
"""

import importlib
import inspect
import io
import json
import os
import sys
import traceback
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

READY = "fmops-serving: ready on port "
CUSTOM = "X-Amzn-SageMaker-Custom-Attributes"


class BaseInferenceToolkitError(Exception):
    """The toolkit's own: what user code raises to answer with this status instead of a 500."""

    def __init__(self, status_code: int, message: str, phrase: str) -> None:
        super().__init__(message)
        self.status_code, self.message, self.phrase = status_code, message, phrase


class UnsupportedFormatError(BaseInferenceToolkitError):
    """A content type that nothing here reads or writes."""

    def __init__(self, content_type: str) -> None:
        message = f"Content type {content_type} is not supported by this framework."
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, message, "Unsupported Media Type")


def provide_toolkit() -> None:
    """Makes `sagemaker_inference.errors` importable, as it is in SageMaker's containers."""
    package, errors = ModuleType("sagemaker_inference"), ModuleType("sagemaker_inference.errors")
    vars(errors).update(
        BaseInferenceToolkitError=BaseInferenceToolkitError, UnsupportedFormatError=UnsupportedFormatError
    )
    vars(package)["errors"] = errors
    sys.modules.update({package.__name__: package, errors.__name__: errors})


class Context:
    """What a handler may know of the request and add to the answer."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.request_headers = headers
        self.response_headers: dict[str, str] = {}

    def set_response_header(self, name: str, value: str) -> None:
        """Adds a header to the answer, e.g. X-Amzn-SageMaker-Custom-Attributes."""
        self.response_headers[name] = value


def decode(body: bytes, content_type: str) -> Any:
    """The default `input_fn`: CSV and NPY become arrays, JSON what it is."""
    if content_type == "application/json":
        return json.loads(body)
    import numpy

    if content_type == "text/csv":
        return numpy.genfromtxt(io.StringIO(body.decode()), delimiter=",", ndmin=2)
    if content_type == "application/x-npy":
        return numpy.load(io.BytesIO(body), allow_pickle=False)
    raise UnsupportedFormatError(content_type)


def encode(prediction: Any, accept: str) -> tuple[Any, str]:
    """The default `output_fn`: JSON, or CSV with a line per row."""
    rows = prediction.tolist() if hasattr(prediction, "tolist") else prediction
    if accept in ("application/json", "*/*", ""):
        return json.dumps(rows), "application/json"
    if accept == "text/csv":
        lines = [row if isinstance(row, list) else [row] for row in (rows if isinstance(rows, list) else [rows])]
        return "\n".join(",".join(str(value) for value in line) for line in lines), "text/csv"
    raise UnsupportedFormatError(accept)


class Handlers:
    """The user's functions, the toolkit's defaults where there is none, and the loaded model."""

    def __init__(self, program: Path, model_dir: str) -> None:
        sys.path.insert(0, str(program.parent))
        self._module = importlib.import_module(program.stem)
        if not hasattr(self._module, "model_fn"):
            raise AttributeError(f"{program.name} has no model_fn(model_dir)")
        self.model = self._call("model_fn", model_dir, context=Context({}))

    def _call(self, name: str, *given: Any, context: Context) -> Any:
        function = getattr(self._module, name)
        takes = len(inspect.signature(function).parameters)
        return function(*given, *([context] if takes > len(given) else []))

    def answer(self, body: bytes, content_type: str, accept: str, context: Context) -> tuple[bytes, str]:
        """Body and content type of the prediction."""
        if hasattr(self._module, "transform_fn"):
            made = self._call("transform_fn", self.model, body, content_type, accept, context=context)
        else:
            known = vars(self._module)
            text = body.decode() if content_type.startswith(("text/", "application/json")) else body
            data = (
                self._call("input_fn", text, content_type, context=context)
                if "input_fn" in known
                else decode(body, content_type)
            )
            predict = known.get("predict_fn")
            found = self._call("predict_fn", data, self.model, context=context) if predict else self.model.predict(data)
            made = (
                self._call("output_fn", found, accept, context=context)
                if "output_fn" in known
                else encode(found, accept)
            )
        result, kind = made if isinstance(made, tuple) else (made, accept)
        return result.encode() if isinstance(result, str) else bytes(result), kind


class Requests(BaseHTTPRequestHandler):
    """/ping and /invocations."""

    protocol_version = "HTTP/1.1"
    handlers: Handlers

    def do_GET(self) -> None:
        """The health check."""
        self._reply(HTTPStatus.OK if self.path == "/ping" else HTTPStatus.NOT_FOUND, b"", "text/plain", {})

    def do_POST(self) -> None:
        """A prediction."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        context = Context(dict(self.headers.items()))
        accept = self.headers.get("Accept") or "application/json"
        accept = (
            os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "application/json") if accept == "*/*" else accept
        )
        status, kind = int(HTTPStatus.OK), "text/plain"
        try:
            content_type = (self.headers.get("Content-Type") or "application/json").split(";")[0].strip()
            answer, kind = self.handlers.answer(body, content_type, accept, context)
        except BaseInferenceToolkitError as error:
            status, answer = error.status_code, error.message.encode()
        except Exception as error:  # noqa: BLE001 - whatever the user's code raises is the answer
            traceback.print_exc()
            status, answer = HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}: {error}".encode()
        self._reply(status, answer, kind, context.response_headers)

    def _reply(self, status: int, body: bytes, content_type: str, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Loads the model, then serves on a free loopback port, which it prints."""
    model_dir = os.environ["SM_MODEL_DIR"]
    provide_toolkit()
    code = Path(os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY") or Path(model_dir) / "code")
    Requests.handlers = Handlers(code / os.environ.get("SAGEMAKER_PROGRAM", "inference.py"), model_dir)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    print(f"{READY}{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

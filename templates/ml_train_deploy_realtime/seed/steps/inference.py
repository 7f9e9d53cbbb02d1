"""How the endpoint answers, by SageMaker's inference contract: model_fn, input_fn, predict_fn, output_fn.

The evaluate step and the tests call the same functions, so what is measured is what is served.
"""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost

try:
    from sagemaker_inference.errors import BaseInferenceToolkitError
except ImportError:  # on a laptop and in the build; the serving container has it

    class BaseInferenceToolkitError(Exception):
        """What SageMaker's inference toolkit turns into an answer with this status instead of a 500."""

        def __init__(self, status_code: int, message: str, phrase: str) -> None:
            super().__init__(message)
            self.status_code, self.message, self.phrase = status_code, message, phrase


class BadRequestError(BaseInferenceToolkitError):
    """The caller's rows cannot be read; the message says what to send instead."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message, "Bad Request")


class UnsupportedMediaTypeError(BaseInferenceToolkitError):
    """The caller's content type, or the one asked for, is unknown."""

    def __init__(self, message: str) -> None:
        super().__init__(415, message, "Unsupported Media Type")


@dataclass(frozen=True)
class Model:
    """The booster and the order of its features."""

    booster: xgboost.Booster
    features: list[str]


def model_fn(model_dir: str) -> Model:
    """Loads what the train step saved."""
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(Path(model_dir) / "model.json")
    return Model(booster, json.loads((Path(model_dir) / "features.json").read_text()))


def _csv(body: str) -> list[list[float]]:
    return [[float(cell) for cell in row] for row in csv.reader(io.StringIO(body)) if row]


def _json(body: str) -> list[list[float]]:
    return [[float(cell) for cell in row] for row in json.loads(body)["instances"]]


READERS = {"text/csv": _csv, "application/json": _json}


def input_fn(body: str | bytes, content_type: str) -> np.ndarray:
    """Rows of numbers in the order of the features: CSV without a header, or JSON `{"instances": [[...], ...]}`.

    Raises:
        UnsupportedMediaTypeError: neither of the two.
        BadRequestError: no rows, rows of different lengths, or cells that are not numbers.
    """
    read = READERS.get(content_type.split(";")[0].strip().lower())
    if read is None:
        raise UnsupportedMediaTypeError(f"Content type {content_type!r} is not served; send one of {sorted(READERS)}.")
    text = body.decode("utf-8", errors="replace") if isinstance(body, bytes | bytearray) else body
    try:
        rows = read(text)
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequestError(f"The body is not rows of numbers as {content_type}: {error!r}.") from error
    if not rows or len({len(row) for row in rows}) != 1:
        raise BadRequestError("Send at least one row, all rows with the same number of cells.")
    return np.array(rows, dtype=np.float32)


def predict_fn(rows: np.ndarray, model: Model) -> np.ndarray:
    """The probability of class 1 for each row.

    Raises:
        BadRequestError: the rows have another number of cells than the model has features.
    """
    if rows.shape[1] != len(model.features):
        raise BadRequestError(
            f"Each row needs {len(model.features)} cells ({', '.join(model.features)}), got {rows.shape[1]}."
        )
    return model.booster.predict(xgboost.DMatrix(rows, feature_names=model.features, nthread=1))


def output_fn(probabilities: np.ndarray, accept: str) -> tuple[str, str]:
    """The answer and its content type: JSON unless CSV (one probability per line) is asked for."""
    if accept.split(";")[0].strip().lower() == "text/csv":
        return "".join(f"{value:.6f}\n" for value in probabilities), "text/csv"
    predictions = [{"probability": round(float(value), 6), "label": int(value >= 0.5)} for value in probabilities]
    return json.dumps({"predictions": predictions}), "application/json"

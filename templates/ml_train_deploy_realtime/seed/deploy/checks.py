"""What a deployed endpoint must do; the tests of a stage ask the endpoint, the unit tests ask a local model.

Each check takes `ask(body, content type) -> answer text`, which raises `Refused` where the endpoint refuses.
"""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
from sklearn.metrics import roc_auc_score

Ask = Callable[[str, str], str]
INTERNALS = ("Traceback", 'File "', "/opt/ml", "site-packages", "xgboost")
EXTREMES = (0.0, 1e30, -1e30, 1e-30, float("nan"))
MALFORMED = (("1,2", "text/csv"), ("a,b", "text/csv"), ("{}", "application/json"), ("1", "image/png"))


class Refused(Exception):  # noqa: N818 - a named answer, not a fault of ours
    """The endpoint refused a request.

    Attributes:
        status: the model's HTTP status.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


def predictions(ask: Ask, rows: pd.DataFrame) -> list[float]:
    """The probability of each row, sent as CSV."""
    answer = json.loads(ask(rows.to_csv(index=False, header=False), "text/csv"))
    return [one["probability"] for one in answer["predictions"]]


def answers_rows(ask: Ask, rows: pd.DataFrame) -> None:
    """Every row gets a probability, and the same one each time."""
    first = predictions(ask, rows)
    assert len(first) == len(rows), f"{len(rows)} rows were sent, {len(first)} answered"
    assert all(0 <= value <= 1 for value in first), f"not probabilities: {first[:5]}"
    assert predictions(ask, rows) == first, "the same rows got another answer"


def reads_both_types(ask: Ask, rows: pd.DataFrame) -> None:
    """CSV and JSON give the same answer."""
    as_json = ask(json.dumps({"instances": rows.to_numpy().tolist()}), "application/json")
    as_csv = ask(rows.to_csv(index=False, header=False), "text/csv")
    assert json.loads(as_json) == json.loads(as_csv), "CSV and JSON are answered differently"


def refuses_malformed(ask: Ask) -> None:
    """What cannot be read is refused with a status of the caller's (4xx), never answered and never a crash."""
    for body, content_type in MALFORMED:
        status, _ = _answer(ask, body, content_type)
        assert 400 <= status < 500, f"{content_type} {body!r} ended with {status}, not with a refusal"


def _answer(ask: Ask, body: str, content_type: str) -> tuple[int, str]:
    """(status, words) of an answer or a refusal."""
    try:
        return 200, ask(body, content_type)
    except Refused as refused:
        return refused.status, str(refused)


def is_good(ask: Ask, rows: pd.DataFrame, labels: pd.Series, minimum_auc: float) -> None:
    """The AUC on held-out rows reaches the floor."""
    auc = roc_auc_score(labels, predictions(ask, rows))
    assert auc >= minimum_auc, f"AUC {auc:.4f} on {len(rows)} rows is below {minimum_auc}"


def is_fast(ask: Ask, rows: pd.DataFrame, milliseconds: float, calls: int = 20, callers: int = 1) -> None:
    """Nineteen of twenty single rows are answered in time, also when several callers ask at once."""
    body = rows.head(1).to_csv(index=False, header=False)

    def took(_: int) -> float:
        start = time.perf_counter()
        ask(body, "text/csv")
        return 1000 * (time.perf_counter() - start)

    with ThreadPoolExecutor(callers) as pool:
        slow = sorted(pool.map(took, range(calls)))[int(0.95 * calls) - 1]
    at_once = f", {callers} at once," if callers > 1 else ""
    assert slow <= milliseconds, f"95 % of calls{at_once} took up to {slow:.0f} ms; the limit is {milliseconds} ms"


def tells_no_internals(ask: Ask) -> None:
    """What a refusal says is for the caller: no paths, no stack, no names of our code."""
    for body, content_type in MALFORMED:
        _, words = _answer(ask, body, content_type)
        told = [word for word in INTERNALS if word in words]
        assert not told, f"{content_type} {body!r}: the refusal tells {told}: {words}"


def stays_sane(ask: Ask, rows: pd.DataFrame) -> None:
    """Rows unlike any that were seen get a probability or a refusal, never a crash and never nonsense."""
    for value in EXTREMES:
        row = (rows.head(1) * 0 + value).to_csv(index=False, header=False, na_rep="nan")
        status, words = _answer(ask, row, "text/csv")
        assert status < 500, f"a row of {value} ended with {status}"
        if status == 200:
            probability = json.loads(words)["predictions"][0]["probability"]
            assert 0 <= probability <= 1, f"a row of {value} was answered with {probability}"

"""Labelled rows that a model was not trained on."""

import io
from pathlib import Path

import pandas as pd
from pipeline.dataset import example_csv
from pipeline.settings import Training
from steps import preprocess

FILE = Path(__file__).parent / "held_out.csv"


def held_out(training: Training, dataset_sha256: str, file: Path = FILE) -> tuple[pd.DataFrame, pd.Series]:
    """Rows and labels: deploy/held_out.csv if it is there; the test part of the example data for a model of that data.

    Args:
        dataset_sha256: which data the model was trained on, as its registration says.

    Raises:
        SystemExit: the model was trained on other data and there is no such file.
    """
    example = pd.read_csv(io.BytesIO(example_csv()))
    example = example[[training.target, *example.columns.drop(training.target)]]
    if file.exists():
        table = pd.read_csv(file)
    elif preprocess.describe(example, "")["sha256"] == dataset_sha256:
        table = preprocess.split(example)["test"]
    else:
        raise SystemExit(f"Put labelled rows that the model was not trained on into deploy/{file.name}, with a header.")
    return table.drop(columns=training.target), table[training.target]

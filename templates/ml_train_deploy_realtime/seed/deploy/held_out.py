"""Labelled rows that the model was not trained on."""

import io
from pathlib import Path

import pandas as pd
from pipeline.dataset import example_csv
from pipeline.settings import EXAMPLE, Project, Training
from steps import preprocess

FILE = Path(__file__).parent / "held_out.csv"


def held_out(project: Project, training: Training, file: Path = FILE) -> tuple[pd.DataFrame, pd.Series]:
    """Rows and labels: deploy/held_out.csv if it is there, else the test part of the example data.

    Raises:
        SystemExit: the project has data of its own and no such file.
    """
    if file.exists():
        table = pd.read_csv(file)
    elif project.dataset == EXAMPLE:
        table = pd.read_csv(io.BytesIO(example_csv()))
        table = preprocess.split(table[[training.target, *table.columns.drop(training.target)]])["test"]
    else:
        raise SystemExit(f"Put labelled rows that are not in {project.dataset} into deploy/{file.name}, with a header.")
    return table.drop(columns=training.target), table[training.target]

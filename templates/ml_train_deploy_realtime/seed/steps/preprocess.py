"""Splits a labelled table into train, validation and test rows, and records which data it was.

A row's part follows from a hash of the row itself: the split needs no random seed, a row never changes its part when
others are added, and equal rows never end up on both sides.
"""

import argparse
import hashlib
import json
from pathlib import Path

import pandas as pd

PARTS = (("train", 70), ("validation", 85), ("test", 100))
"""Name of each part and the percentile where it ends."""


def read(folder: Path, target: str) -> pd.DataFrame:
    """All `*.csv` files of a folder as one table with the target column first.

    Raises:
        ValueError: no file, no target column, a column that is not numeric, a gap, or fewer than two classes.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise ValueError(f"{folder}: no .csv file. Put the data set's files there, each with a header row.")
    table = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
    if target not in table:
        raise ValueError(f"{files[0].name}: no column {target!r}. Name the label column in training.yaml (target).")
    words = sorted(set(table.columns) - set(table.select_dtypes("number").columns))
    if words:
        raise ValueError(f"{files[0].name}: columns {words} are not numeric. Encode or drop them in preprocess.py.")
    gaps = sorted(table.columns[table.isna().any()])
    if gaps:
        raise ValueError(f"{files[0].name}: columns {gaps} have empty cells. Fill or drop them in preprocess.py.")
    classes = sorted(table[target].unique())
    if classes != [0, 1]:
        raise ValueError(f"{files[0].name}: column {target!r} holds {classes[:5]}; it must hold both 0 and 1, only.")
    return table[[target, *(name for name in table.columns if name != target)]]


def split(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The parts by name, rows in their original order.

    Raises:
        ValueError: a part would lack one of the two classes.
    """
    lines = table.to_csv(index=False, header=False, lineterminator="\n").splitlines()
    percentile = pd.Series([int(hashlib.sha256(line.encode()).hexdigest(), 16) % 100 for line in lines])
    parts, start = {}, 0
    for name, end in PARTS:
        parts[name] = table[((percentile >= start) & (percentile < end)).to_numpy()]
        start = end
        if parts[name].iloc[:, 0].nunique() < 2:
            raise ValueError(
                f"The {name} part ({len(parts[name])} rows) lacks one of the classes: more rows are needed."
            )
    return parts


def describe(table: pd.DataFrame, source: str) -> dict[str, object]:
    """Which data this was: the same rows in the same order give the same `id`, wherever they were stored."""
    digest = hashlib.sha256(table.to_csv(index=False, lineterminator="\n").encode()).hexdigest()
    return {
        "id": f"sha256-{digest[:12]}",
        "sha256": digest,
        "rows": len(table),
        "columns": list(table.columns),
        "source": source,
    }


def main(argv: list[str] | None = None) -> None:
    """The job: `--input` folder -> `--output` folder with train/, validation/, test/ and dataset/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, required=True, help="folder with the data set's .csv files")
    parser.add_argument("--output", type=Path, required=True, help="folder that takes one folder per part")
    parser.add_argument("--target", default="target", help="label column")
    parser.add_argument("--source", default="local", help="where the data came from; recorded only")
    arguments = parser.parse_args(argv)

    table = read(arguments.input, arguments.target)
    for name, part in split(table).items():
        folder = arguments.output / name
        folder.mkdir(parents=True, exist_ok=True)
        part.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        print(f"{name}: {len(part)} rows")
    dataset = describe(table, arguments.source)
    (arguments.output / "dataset").mkdir(parents=True, exist_ok=True)
    (arguments.output / "dataset" / "dataset.json").write_text(json.dumps(dataset, indent=2) + "\n")
    print(f"dataset: {dataset['id']}, {dataset['rows']} rows")


if __name__ == "__main__":
    main()

"""The whole training on a laptop: the pipeline's own step scripts, one after the other, no AWS.

python -m local_run [--data FOLDER] [--output build/local]
"""

import argparse
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.archive import pack
from pipeline.dataset import example_csv
from pipeline.settings import Training
from steps import evaluate, preprocess, train


def run(output: Path, training: Training, data: Path | None = None) -> dict[str, Any]:
    """Preprocess, train, evaluate; gives the evaluation.

    Args:
        output: folder for everything that the steps write; emptied first.
        data: folder with the data set's CSV files; the example data when absent.
    """
    shutil.rmtree(output, ignore_errors=True)
    if data is None:
        data = output / "data"
        data.mkdir(parents=True)
        (data / "example.csv").write_bytes(example_csv())
    split, model, artifact = output / "split", output / "model", output / "artifact"

    def step(main: Callable[[list[str]], None], values: Mapping[str, Any]) -> None:
        pairs = {**values, "target": training.target}.items()
        main([text for name, value in pairs for text in (f"--{name}", str(value))])

    step(preprocess.main, {"input": data, "output": split})
    channels = {"train": split / "train", "validation": split / "validation", "model-dir": model}
    step(train.main, {**channels, **training.hyperparameters})
    artifact.mkdir(parents=True)
    (artifact / "model.tar.gz").write_bytes(pack(model))
    rows = {"test": split / "test", "dataset": split / "dataset"}
    step(evaluate.main, {"model": artifact, **rows, "output": output / "evaluation"})
    return json.loads((output / "evaluation" / "evaluation.json").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with .csv files; the example data when absent")
    parser.add_argument("--output", type=Path, default=Path("build/local"))
    arguments = parser.parse_args()
    training = Training.load()
    auc = run(arguments.output, training, arguments.data)["binary_classification_metrics"]["auc"]["value"]
    verdict = "would be registered" if auc >= training.minimum_auc else "would not be registered"
    print(f"AUC {auc} against a floor of {training.minimum_auc}: {verdict}. Everything is in {arguments.output}.")


if __name__ == "__main__":
    main()

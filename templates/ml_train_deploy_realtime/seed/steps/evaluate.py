"""Measures the trained model on the test rows, through the code that will serve it, and writes evaluation.json."""

import argparse
import hashlib
import importlib.util
import json
import tarfile
import tempfile
from pathlib import Path
from types import ModuleType

import pandas as pd
from sklearn import metrics


def serving_code(folder: Path) -> ModuleType:
    """The inference script inside the model artifact (not the one beside this file: it is the one that will run)."""
    spec = importlib.util.spec_from_file_location("served_inference", folder / "code" / "inference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def predict(artifact: Path, rows: pd.DataFrame) -> list[float]:
    """The probabilities that an endpoint with this artifact would answer, the rows sent as CSV."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(artifact) as archive:
            archive.extractall(folder, filter="data")
        inference = serving_code(Path(folder))
        model = inference.model_fn(folder)
        body = rows[model.features].to_csv(index=False, header=False)
        return inference.predict_fn(inference.input_fn(body, "text/csv"), model).tolist()


def measure(labels: pd.Series, probabilities: list[float]) -> dict[str, dict[str, float]]:
    """Metrics in the form that SageMaker's registry shows (binary_classification_metrics)."""
    decisions = [int(value >= 0.5) for value in probabilities]
    return {
        name: {"value": round(float(value), 6)}
        for name, value in {
            "auc": metrics.roc_auc_score(labels, probabilities),
            "accuracy": metrics.accuracy_score(labels, decisions),
            "precision": metrics.precision_score(labels, decisions),
            "recall": metrics.recall_score(labels, decisions),
            "f1": metrics.f1_score(labels, decisions),
        }.items()
    }


def main(argv: list[str] | None = None) -> None:
    """The job: model artifact, test rows and dataset.json -> evaluation.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder with model.tar.gz")
    parser.add_argument("--test", type=Path, required=True, help="folder with test.csv")
    parser.add_argument("--dataset", type=Path, required=True, help="folder with dataset.json")
    parser.add_argument("--output", type=Path, required=True, help="folder that takes evaluation.json")
    parser.add_argument("--target", default="target", help="label column")
    arguments = parser.parse_args(argv)

    artifact = arguments.model / "model.tar.gz"
    rows = pd.read_csv(arguments.test / "test.csv")
    dataset = json.loads((arguments.dataset / "dataset.json").read_text())
    evaluation = {
        "binary_classification_metrics": measure(rows[arguments.target], predict(artifact, rows)),
        "model": {"sha256": hashlib.sha256(artifact.read_bytes()).hexdigest()},
        "dataset": {name: dataset[name] for name in ("id", "sha256", "rows", "source")},
        "test_rows": len(rows),
    }
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "evaluation.json").write_text(json.dumps(evaluation, indent=2) + "\n")
    print(f"test auc: {evaluation['binary_classification_metrics']['auc']['value']}")


if __name__ == "__main__":
    main()

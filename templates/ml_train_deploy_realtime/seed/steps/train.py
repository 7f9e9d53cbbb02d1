"""Trains a gradient-boosted classifier and writes what an endpoint needs: the model and the code that serves it."""

import argparse
import json
import os
import shutil
from pathlib import Path

import pandas as pd
import xgboost


def load(folder: Path, target: str) -> xgboost.DMatrix:
    """The rows of a channel.

    Raises:
        ValueError: the folder holds no `.csv` file.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise ValueError(f"{folder}: no .csv file. Does the preprocess step write this channel?")
    table = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
    return xgboost.DMatrix(table.drop(columns=target), label=table[target], nthread=1)


def train(training: xgboost.DMatrix, validation: xgboost.DMatrix, arguments: argparse.Namespace) -> xgboost.Booster:
    """Boosts until the validation AUC has not risen for ten rounds.

    One thread and a fixed seed: the same rows give the same bytes.
    """
    parameters = {
        "objective": "binary:logistic",
        "eval_metric": "auc",
        "max_depth": arguments.max_depth,
        "eta": arguments.eta,
        "subsample": arguments.subsample,
        "seed": arguments.seed,
        "nthread": 1,
    }
    return xgboost.train(
        parameters,
        training,
        num_boost_round=arguments.rounds,
        evals=[(training, "train"), (validation, "validation")],
        early_stopping_rounds=10,
        verbose_eval=10,
    )


def save(model: xgboost.Booster, folder: Path) -> None:
    """Writes the model in its readable form, the feature names and, under code/, the script that serves them.

    The endpoint has no network: nothing is fetched when it starts.
    """
    (folder / "code").mkdir(parents=True, exist_ok=True)
    best = model[: model.best_iteration + 1]
    best.save_model(folder / "model.json")
    (folder / "features.json").write_text(json.dumps(model.feature_names) + "\n")
    shutil.copyfile(Path(__file__).with_name("inference.py"), folder / "code" / "inference.py")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """SageMaker names the folders in SM_* and passes hyperparameters as arguments; on a laptop both are arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    for argument, variable in (
        ("--train", "SM_CHANNEL_TRAIN"),
        ("--validation", "SM_CHANNEL_VALIDATION"),
        ("--model-dir", "SM_MODEL_DIR"),
    ):
        default = os.environ.get(variable)
        parser.add_argument(argument, type=Path, default=default, required=default is None, help=f"or {variable}")
    parser.add_argument("--target", default="target", help="label column")
    parser.add_argument("--max_depth", type=int, default=4)
    parser.add_argument("--eta", type=float, default=0.2)
    parser.add_argument("--subsample", type=float, default=0.9)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """The job: train and validation channels -> model folder."""
    arguments = parse(argv)
    training, validation = (load(folder, arguments.target) for folder in (arguments.train, arguments.validation))
    model = train(training, validation, arguments)
    save(model, arguments.model_dir)
    print(f"validation auc: {model.best_score:.4f} after {model.best_iteration + 1} rounds")


if __name__ == "__main__":
    main()

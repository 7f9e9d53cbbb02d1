"""The steps as the pipeline runs them, end to end on the example data."""

import json
import tarfile
from pathlib import Path

import local_run
import pandas as pd
import pytest
from pipeline.dataset import example_csv
from steps import inference, preprocess


def example(folder: Path) -> pd.DataFrame:
    (folder / "example.csv").write_bytes(example_csv())
    return preprocess.read(folder, "target")


def test_the_model_is_good(trained, training):
    _, evaluation = trained
    assert evaluation["binary_classification_metrics"]["auc"]["value"] > 0.95 > training.minimum_auc
    assert evaluation["dataset"]["rows"] == 569


def test_a_model_of_shuffled_labels_is_not(tmp_path, training):
    table = example(tmp_path)
    table["target"] = table["target"].sample(frac=1, random_state=1).to_numpy()
    table.to_csv(tmp_path / "example.csv", index=False)
    evaluation = local_run.run(tmp_path / "out", training, tmp_path)
    assert evaluation["binary_classification_metrics"]["auc"]["value"] < training.minimum_auc


def test_the_same_data_gives_the_same_bytes(trained, training, tmp_path):
    output, evaluation = trained
    assert local_run.run(tmp_path / "again", training) == evaluation
    first, second = (folder / "artifact" / "model.tar.gz" for folder in (output, tmp_path / "again"))
    assert first.read_bytes() == second.read_bytes()


def test_other_data_gives_another_dataset_id(tmp_path):
    table = example(tmp_path)
    assert preprocess.describe(table, "a")["id"] == preprocess.describe(table, "b")["id"]
    table.iloc[0, 1] += 1
    assert preprocess.describe(table, "a")["id"] != preprocess.describe(example(tmp_path), "a")["id"]


def test_a_row_keeps_its_part_when_others_come(tmp_path):
    table = example(tmp_path)
    few, all_rows = preprocess.split(table.head(300).reset_index(drop=True)), preprocess.split(table)
    for name in few:
        assert set(few[name].index) <= set(all_rows[name].index)


def test_equal_rows_never_stand_on_both_sides(tmp_path):
    table = example(tmp_path)
    parts = preprocess.split(pd.concat([table, table], ignore_index=True))
    seen = [set(part.to_csv(index=False, header=False).splitlines()) for part in parts.values()]
    assert len(set.union(*seen)) == sum(len(rows) for rows in seen) == 569


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda table: table.drop(columns="target"), "no column 'target'"),
        (lambda table: table.assign(name="x"), "not numeric"),
        (lambda table: table.mask(table["mean_area"] > 1000), "empty cells"),
        (lambda table: table.assign(target=1), "must hold both 0 and 1"),
        (lambda table: table.head(3), "must hold both|lacks a class"),
    ],
)
def test_data_that_cannot_be_used_is_refused(tmp_path, change, words):
    change(example(tmp_path)).to_csv(tmp_path / "example.csv", index=False)
    with pytest.raises(ValueError, match=words):
        preprocess.split(preprocess.read(tmp_path, "target"))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no \.csv file"):
        preprocess.read(tmp_path, "target")


def test_the_artifact_serves_itself(trained):
    output, _ = trained
    with tarfile.open(output / "artifact" / "model.tar.gz") as archive:
        assert sorted(archive.getnames()) == ["code/inference.py", "features.json", "model.json"]


def serve(folder: Path, body: str, content_type: str, accept: str = "application/json") -> str:
    model = inference.model_fn(str(folder / "model"))
    return inference.output_fn(inference.predict_fn(inference.input_fn(body, content_type), model), accept)[0]


def test_csv_and_json_give_the_same_answer(trained):
    output, _ = trained
    rows = pd.read_csv(output / "split" / "test" / "test.csv").drop(columns="target").head(5)
    as_csv = serve(output, rows.to_csv(index=False, header=False), "text/csv; charset=utf-8")
    as_json = serve(output, json.dumps({"instances": rows.to_numpy().tolist()}), "application/json")
    assert as_csv == as_json
    assert len(json.loads(as_csv)["predictions"]) == 5
    lines = serve(output, rows.to_csv(index=False, header=False), "text/csv", "text/csv").splitlines()
    assert [float(line) for line in lines] == [one["probability"] for one in json.loads(as_csv)["predictions"]]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "words"),
    [
        ("1,2,3", "text/csv", 400, "needs 30 cells"),
        ("a,b", "text/csv", 400, "not rows of numbers"),
        ("", "text/csv", 400, "at least one row"),
        ("1,2\n1", "text/csv", 400, "same number"),
        ("{}", "application/json", 400, "not rows of numbers"),
        ("{", "application/json", 400, "not rows of numbers"),
        ("1,2", "application/x-npy", 415, "send one of"),
    ],
)
def test_malformed_requests_are_refused(trained, body, content_type, status, words):
    output, _ = trained
    with pytest.raises(inference.BaseInferenceToolkitError, match=words) as caught:
        serve(output, body, content_type)
    assert caught.value.status_code == status

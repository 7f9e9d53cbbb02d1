"""The example data: 569 tumour biopsies, 30 measurements each (UCI's breast cancer Wisconsin, from scikit-learn)."""

from sklearn.datasets import load_breast_cancer


def example_csv() -> bytes:
    """The table as CSV with a header; the column `target` is 1 for benign, 0 for malignant."""
    table = load_breast_cancer(as_frame=True).frame
    table.columns = [name.replace(" ", "_") for name in table.columns]
    return table.to_csv(index=False, lineterminator="\n").encode()

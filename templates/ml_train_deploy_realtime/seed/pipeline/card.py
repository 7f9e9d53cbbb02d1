"""The model card that is registered with each version, by SageMaker's schema for a model package's card."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any


@dataclass(frozen=True)
class Quoted:
    """An expression whose value stands in the card as a JSON string (a bare expression stands for a number)."""

    expression: Any


def model_card(words: Mapping[str, Any], *, data: Any, dataset: Any, artifact: Any, auc: Any) -> dict[str, Any]:
    """The card's JSON text as an expression, since some of it is known only when the pipeline runs.

    Args:
        words: `model_card` of training.yaml.
        data, dataset, artifact: expressions that give strings: the data's address and id, the model's address.
        auc: an expression that gives a number.
    """
    auc_metric = {"name": "auc", "type": "number", "value": auc}
    card = {
        "model_overview": {"model_artifact": [Quoted(artifact)]},
        "intended_uses": {
            "purpose_of_model": words["purpose_of_model"],
            "intended_uses": f"{words['intended_uses']}. Out of scope: {words['out_of_scope']}",
            "risk_rating": words["risk_rating"],
        },
        "business_details": {
            "business_problem": words["business_problem"],
            "business_stakeholders": words["stakeholders"],
        },
        "training_details": {
            "objective_function": {"function": {"function": "Maximize", "facet": "AUC"}},
            "training_observations": Quoted(dataset),
            "training_job_details": {"training_datasets": [Quoted(data)]},
        },
        "evaluation_details": [
            {
                "name": "test rows",
                "datasets": [Quoted(data)],
                "metric_groups": [{"name": "binary classification", "metric_data": [auc_metric]}],
            }
        ],
        "additional_information": {
            "custom_details": {
                "foundation_model": words["foundation_model"],
                **{f"eu_ai_act_{name}": text for name, text in words["eu_ai_act"].items()},
            }
        },
    }
    pieces: list[Any] = []
    for is_text, group in groupby(_json(card), key=lambda piece: isinstance(piece, str)):
        run = list(group)
        pieces += ["".join(run)] if is_text else run
    return {"Std:Join": {"On": "", "Values": pieces}}


def is_expression(value: Any) -> bool:
    """Whether a value is known only when the pipeline runs."""
    return isinstance(value, dict) and any(key == "Get" or key.startswith("Std:") for key in value)


def _json(node: Any) -> list[Any]:
    """JSON text in pieces: text, and the expressions between."""
    if isinstance(node, Quoted):
        return ['"', node.expression, '"']
    if is_expression(node):
        return [node]
    if isinstance(node, dict):
        members = [[f"{json.dumps(key)}: ", *_json(child)] for key, child in node.items()]
        return ["{", *_separated(members), "}"]
    if isinstance(node, list):
        return ["[", *_separated([_json(child) for child in node]), "]"]
    return [json.dumps(node)]


def _separated(members: list[list[Any]]) -> list[Any]:
    return [piece for number, member in enumerate(members) for piece in ([", "] if number else []) + member]

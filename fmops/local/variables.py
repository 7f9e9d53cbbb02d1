"""Policy variables: `${aws:PrincipalTag/team}` in a resource or a condition stands for the request's own value.

ministack compares such text as it stands. On AWS a statement whose variable the request has no value for, or many
values, does not apply; here the same goes for a value that has a wildcard in it, which IAM would take to the letter.
"""

import re
from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, ParsedStatement

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_WILDCARDS = re.compile(r"[*?]")


class UnresolvedError(Exception):
    """A variable has no single value in this request."""


def fill(value: Any, asked: EvalContext) -> Any:
    """A resource, or a condition's values, with the variables replaced.

    Raises:
        UnresolvedError: the statement does not apply.
    """
    if isinstance(value, dict):
        return {key: fill(inner, asked) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, asked) for inner in value]
    return _VARIABLE.sub(lambda found: _resolve(found[1], asked), value) if isinstance(value, str) else value


def _resolve(variable: str, asked: EvalContext) -> str:
    name, _, default = (part.strip() for part in variable.partition(","))
    found = iam_evaluator._resolve_condition_key(name, asked)
    if found is None and default:
        found = default.strip("'")
    if not isinstance(found, str) or _WILDCARDS.search(found):
        raise UnresolvedError(variable)
    return found


def install() -> None:
    """Hooks ministack's evaluation of statements and of conditions."""
    first_match, conditions_met = iam_evaluator._first_match, iam_evaluator._conditions_met

    def filled(statement: ParsedStatement, asked: EvalContext) -> ParsedStatement | None:
        named = [*statement.resources, *statement.not_resources]
        if not any("${" in resource for resource in named):
            return statement
        try:
            return replace(
                statement,
                resources=fill(statement.resources, asked),
                not_resources=fill(statement.not_resources, asked),
            )
        except UnresolvedError:
            return None

    def match(asked: EvalContext, statements: list[ParsedStatement], effect: str) -> ParsedStatement | None:
        of_effect = (filled(statement, asked) for statement in statements if statement.effect == effect)
        return first_match(asked, [statement for statement in of_effect if statement], effect)

    def met(conditions: Any, asked: EvalContext) -> bool:
        try:
            return bool(conditions_met(fill(conditions, asked), asked))
        except UnresolvedError:
            return False

    iam_evaluator._first_match, iam_evaluator._conditions_met = match, met

"""Whether a request satisfies a condition: AWS's condition operators on concrete values.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import operator
from collections.abc import Callable
from typing import Any

from fmops.verify.policy.documents import Clause
from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.keys import Value
from fmops.verify.policy.operators import READERS, Family, Operator
from fmops.verify.policy.patterns import Dialect, Lookup, matches, tokens

Values = Callable[[str], Value]
"""A context key's value, by its name in lower case."""

RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""How an ordered value compares with the policy's; the prover uses the same names on symbols."""

DIALECTS: dict[Family, Dialect] = {"string": "exact", "folded": "exact", "pattern": "glob", "arn": "arn"}
"""How the values of text operators are read."""


def lookup_of(values: Values) -> Lookup:
    """What policy variables stand for: a key of many values stands for none."""

    def lookup(key: str) -> str | None:
        value = values(key)
        return value if isinstance(value, str) else None

    return lookup


def holds(clause: Clause, values: Values) -> bool:
    """Whether a clause holds for a request.

    Args:
        clause: an operator on a key.
        values: the request's context.

    Raises:
        Unproven: the key has many values, and the operator isn't for many.
    """
    means, value = clause.operator, values(clause.key)
    given = () if value is None else (value,) if isinstance(value, str) else tuple(value)
    if means.family == "null":
        return any((not given) == (wanted.lower() == "true") for wanted in clause.values)
    if means.quantifier != "one":
        given = tuple(one for one in given if one)
    elif len(given) > 1:
        raise Unproven(clause.place, f"{clause.key} has many values: ForAnyValue or ForAllValues must say which count")
    if not given:
        return means.if_exists or means.quantifier == "all" or (means.negated and means.quantifier == "one")
    lookup = lookup_of(values)
    agree = (_any(clause, one, lookup) != means.negated for one in given)
    return all(agree) if means.quantifier == "all" else any(agree)


def _any(clause: Clause, value: str, lookup: Lookup) -> bool:
    """Whether a value of the request matches one of the policy's, not yet negated."""
    return any(_matches(clause, value, wanted, lookup) for wanted in clause.values)


def _matches(clause: Clause, value: str, wanted: str, lookup: Lookup) -> bool:
    family = clause.operator.family
    if family in DIALECTS:
        return matches(
            tokens(wanted, DIALECTS[family], clause.variables, clause.place), value, lookup, family == "folded"
        )
    return typed(clause.operator, value, wanted)


def typed(means: Operator, value: str, wanted: str) -> bool:
    """Whether a number, an instant, a truth, bytes or an address of a request match the policy's, not yet negated."""
    reader: Callable[[str], Any] = READERS[means.family]
    try:
        given = reader(value)
    except ValueError:
        return False
    expected = reader(wanted)
    if means.family == "ip":
        return bool(given[0] == expected[0] and expected[1] <= given[1] and given[2] <= expected[2])
    return bool(RELATIONS[means.relation](given, expected))

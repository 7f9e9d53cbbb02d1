"""Truths that are known now, or a formula for the solver: what is known never reaches it."""

from collections.abc import Iterable
from typing import TypeAlias

import z3

Truth: TypeAlias = "bool | z3.BoolRef"


def all_of(terms: Iterable[Truth]) -> Truth:
    """Whether all hold."""
    asked: list[z3.BoolRef] = []
    for term in terms:
        if term is False:
            return False
        if not isinstance(term, bool):
            asked.append(term)
    return z3.And(*asked) if len(asked) > 1 else asked[0] if asked else True


def any_of(terms: Iterable[Truth]) -> Truth:
    """Whether one holds."""
    asked: list[z3.BoolRef] = []
    for term in terms:
        if term is True:
            return True
        if not isinstance(term, bool):
            asked.append(term)
    return z3.Or(*asked) if len(asked) > 1 else asked[0] if asked else False


def negate(term: Truth) -> Truth:
    """Whether it doesn't hold."""
    return not term if isinstance(term, bool) else z3.Not(term)


def choose(when: Truth, then: Truth, otherwise: Truth) -> Truth:
    """`then` where `when` holds, else `otherwise`."""
    return any_of([all_of([when, then]), all_of([negate(when), otherwise])])

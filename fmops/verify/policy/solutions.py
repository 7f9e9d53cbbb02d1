"""What the solver found, read back as a request has it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

import z3

from fmops.verify.policy.logic import Truth
from fmops.verify.policy.texts import Choice, Free, Text, unquoted


@dataclass(frozen=True)
class Address:
    """An address: whether it is of IPv6, and its number."""

    six: z3.BoolRef
    number: z3.ArithRef


Symbol: TypeAlias = "Text | Address | z3.ArithRef | z3.BoolRef"
"""A value: text, an address, a number, an instant in microseconds since 1970, or a truth."""


def holds_in(model: z3.ModelRef, truth: Truth) -> bool:
    """Whether something holds in a solution."""
    return truth if isinstance(truth, bool) else z3.is_true(model.eval(truth, model_completion=True))


def read(model: z3.ModelRef, symbol: Symbol) -> str:
    """A symbol's value in a solution, as a request has it."""
    if isinstance(symbol, str):
        return symbol
    if isinstance(symbol, Choice):
        return symbol.options[int(model.eval(symbol.index, model_completion=True).as_long())]
    if isinstance(symbol, Free):
        return unquoted(str(model.eval(symbol.term, model_completion=True).as_string()))
    if isinstance(symbol, Address):
        number = model.eval(symbol.number, model_completion=True).as_long()
        return str(IPv6Address(number) if holds_in(model, symbol.six) else IPv4Address(number))
    found = model.eval(symbol, model_completion=True)
    if z3.is_bool(found):
        return "true" if z3.is_true(found) else "false"
    if z3.is_int_value(found):
        return written_instant(found.as_long())
    fraction = Fraction(found.numerator_as_long(), found.denominator_as_long())
    return str(fraction.numerator) if fraction.denominator == 1 else str(float(fraction))


def written_instant(microseconds: int) -> str:
    """Microseconds since 1970 as ISO 8601."""
    seconds, rest = divmod(microseconds, 1_000_000)
    at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
    return at.isoformat().replace("+00:00", "Z")

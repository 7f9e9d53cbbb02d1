"""Patterns of actions, resources and values: wildcards and policy variables, taken apart once for everybody.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from fmops.verify.policy.errors import Unproven

Dialect = Literal["exact", "glob", "resource", "arn"]
"""Where wildcards count: nowhere (StringEquals); anywhere (actions, StringLike); in each part of an ARN (ArnLike), or
also past the colon for a star that ends a part (resources)."""


@dataclass(frozen=True)
class Wild:
    """A wildcard.

    Attributes:
        many: any number of characters; else exactly one.
        crosses: may match colons.
    """

    many: bool
    crosses: bool


@dataclass(frozen=True)
class Variable:
    """A policy variable.

    Attributes:
        key: in lower case.
        default: what stands where the request doesn't have the key; None for nothing: then there is no match.
    """

    key: str
    default: str | None


Token = str | Wild | Variable
_ARN_PARTS = 6


@lru_cache(maxsize=16384)
def tokens(pattern: str, dialect: Dialect, variables: bool, place: str = "") -> tuple[Token, ...]:
    """A pattern as text, wildcards and variables; neighbouring text is one token.

    Raises:
        Unproven: a variable isn't understood, or an ARN's pattern hasn't six parts.
    """
    pieces = list(_pieces(pattern, variables, place))
    colons = sum(piece.count(":") for piece in pieces if isinstance(piece, str))
    if dialect == "arn" and pattern != "*" and colons < _ARN_PARTS - 1:
        raise Unproven(place, f"{pattern!r}: an ARN is compared part by part: write all six")
    found: list[Token] = []
    seen = 0
    for number, piece in enumerate(pieces):
        if isinstance(piece, Variable):
            found.append(piece)
        elif piece in ("*", "?") and dialect != "exact":
            after = pieces[number + 1] if number + 1 < len(pieces) else None
            found.append(Wild(piece == "*", _crosses(dialect, piece, after, seen, pattern)))
        else:
            seen += piece.count(":")
            text = piece[1:] if piece.startswith("\0") else piece
            if found and isinstance(found[-1], str):
                found[-1] += text
            elif text:
                found.append(text)
    return tuple(found)


def _crosses(dialect: Dialect, piece: str, after: str | Variable | None, colons: int, pattern: str) -> bool:
    if dialect == "glob" or colons >= _ARN_PARTS - 1 or pattern == "*":
        return True
    ends = after is None or (isinstance(after, str) and after.startswith(":"))
    return dialect == "resource" and piece == "*" and ends


_SPECIAL = {"*", "?", "$"}


def _pieces(pattern: str, variables: bool, place: str) -> Iterator[str | Variable]:
    """Text, `*`, `?` and variables; a character that was written as `${*}` is marked with a NUL before it."""
    for piece in re.split(r"(\$\{[^}]*\}|[*?])", pattern) if variables else re.split(r"([*?])", pattern):
        if not variables or not piece.startswith("${"):
            if variables and "${" in piece:
                raise Unproven(place, f"{pattern!r}: a variable isn't closed")
            if piece:
                yield piece
            continue
        inner = piece[2:-1]
        if inner in _SPECIAL:
            yield f"\0{inner}"
            continue
        named = re.fullmatch(r"\s*([\w.@+=-]+:[^,']+?)\s*(?:,\s*'([^']*)'\s*)?", inner)
        if named is None:
            raise Unproven(place, f"{piece}: no policy variable that AWS documents")
        yield Variable(named[1].lower(), named[2])


def literal(found: tuple[Token, ...]) -> str | None:
    """The text of a pattern that matches one text only, else None."""
    if not found:
        return ""
    return found[0] if len(found) == 1 and isinstance(found[0], str) else None


Lookup = Callable[[str], str | None]


def matches(found: tuple[Token, ...], value: str, lookup: Lookup, fold: bool = False) -> bool:
    """Whether a value matches a pattern; a variable without a value matches nothing.

    Args:
        found: the pattern's tokens.
        lookup: values of context keys, in lower case; None for an absent one.
        fold: compare in any case.
    """
    parts: list[str] = []
    for token in found:
        if isinstance(token, Variable):
            known = lookup(token.key)
            text = known if known is not None else token.default
            if text is None:
                return False
            parts.append(re.escape(text))
        elif isinstance(token, Wild):
            parts.append(("." if token.crosses else "[^:]") + ("*" if token.many else ""))
        else:
            parts.append(re.escape(token))
    return _compiled("".join(parts), fold).fullmatch(value) is not None


@lru_cache(maxsize=16384)
def _compiled(expression: str, fold: bool) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if fold else 0))


@lru_cache(maxsize=65536)
def overlap(left: str, right: str) -> bool:
    """Whether two patterns may match one text: never False where they do. Variables stand for any text."""
    first, second = _letters(left), _letters(right)
    open_, seen = [(0, 0)], set()
    while open_:
        at = open_.pop()
        if at in seen:
            continue
        seen.add(at)
        one, two = at
        here = first[one] if one < len(first) else None
        there = second[two] if two < len(second) else None
        if here is None and there is None:
            return True
        if here == "*":
            open_.append((one + 1, two))
            if there is not None:
                open_.append((one, two + 1))
        if there == "*":
            open_.append((one, two + 1))
            if here is not None:
                open_.append((one + 1, two))
        if here and there and (here == there or "?" in (here, there)):
            open_.append((one + 1, two + 1))
    return False


def _letters(pattern: str) -> list[str]:
    return list(re.sub(r"\$\{[^}]*\}", "*", pattern))

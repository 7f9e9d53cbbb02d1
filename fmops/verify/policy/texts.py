"""Texts that are known, one of a few, or anything, and whether they match a pattern."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import z3

from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.logic import Truth, all_of, any_of, negate
from fmops.verify.policy.patterns import Token, Variable, Wild, literal, matches


@dataclass(frozen=True)
class Choice:
    """One of a few texts.

    Attributes:
        options: the texts.
        index: which.
    """

    options: tuple[str, ...]
    index: z3.ArithRef


@dataclass(frozen=True)
class Free:
    """A text that only the solver knows.

    Attributes:
        term: its variable.
    """

    term: z3.SeqRef


Text = str | Choice | Free


Resolved = tuple[str | Wild | Free, ...]
"""A pattern without variables; what the solver alone knows may stand in it."""


@dataclass(frozen=True)
class Named:
    """What a policy variable stands for.

    Attributes:
        slots: (when, text): one text at a time; none where the request doesn't have the key.
    """

    slots: tuple[tuple[Truth, Text], ...] = ()


def quoted(text: str) -> str:
    """A text as the solver reads it: what isn't plain, and the backslash, as `\\u{…}`."""
    return "".join(c if " " <= c <= "~" and c != "\\" else f"\\u{{{ord(c):x}}}" for c in text)


def unquoted(text: str) -> str:
    """A text of the solver's as it is."""
    return re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: chr(int(found[1], 16)), text)


def value(text: str) -> z3.SeqRef:
    """A known text as the solver's constant."""
    return z3.StringVal(quoted(text))


def term(text: Text) -> z3.SeqRef:
    """A text as the solver's."""
    if isinstance(text, str):
        return value(text)
    if isinstance(text, Free):
        return text.term
    found = value(text.options[-1])
    for number, option in enumerate(text.options[:-1]):
        found = z3.If(text.index == number, value(option), found)
    return found


def one_of(name: str, options: tuple[str, ...]) -> tuple[Text, Truth]:
    """One of a few texts, and what holds for it."""
    if len(options) < 2:
        return (options[0], True) if options else ("", False)
    index = z3.Int(name)
    return Choice(options, index), z3.And(index >= 0, index < len(options))


def match(
    text: Text,
    found: tuple[Token, ...],
    named: Callable[[str], Named],
    place: str,
    fold: bool = False,
) -> Truth:
    """Whether a text matches a pattern.

    Args:
        text: what is compared.
        found: the pattern's tokens.
        named: what policy variables stand for.
        place: for messages.
        fold: compare in any case.

    Raises:
        Unproven: it takes a comparison that the solver has no exact formula for.
    """
    return any_of(
        all_of([when, _match(text, tokens, place, fold)])
        for when, tokens in alternatives(found, named)
        if when is not False
    )


def _match(text: Text, tokens: Resolved, place: str, fold: bool) -> Truth:
    """Whether a text matches a pattern whose variables are resolved."""
    if any(isinstance(token, Free) for token in tokens):
        if fold or any(isinstance(token, Wild) and not (token.many and token.crosses) for token in tokens):
            raise Unproven(place, "a policy variable beside `?`, within an ARN's part or in any case")
        return _symbolic(term(text), tokens)
    plain = tuple(token for token in tokens if not isinstance(token, Free))
    if isinstance(text, str):
        return matches(plain, text, _nothing, fold)
    if isinstance(text, Choice):
        held = [matches(plain, option, _nothing, fold) for option in text.options]
        return True if all(held) else any_of(text.index == number for number, yes in enumerate(held) if yes)
    if plain == (Wild(True, True),):
        return True
    exact = literal(plain)
    if exact is not None and not fold:
        return text.term == value(exact)
    return z3.InRe(text.term, expression(plain, fold))


def _nothing(_key: str) -> str | None:
    return None


def alternatives(found: tuple[Token, ...], named: Callable[[str], Named]) -> list[tuple[Truth, Resolved]]:
    """What a pattern is once its variables stand for something: every way in which that can be, and when it is so."""
    ways: list[tuple[Truth, Resolved]] = [(True, ())]
    for token in found:
        pieces = _stands_for(token, named) if isinstance(token, Variable) else [(True, token)]
        ways = [(all_of([when, also]), _joined(way, piece)) for when, way in ways for also, piece in pieces]
    return ways


def _stands_for(variable: Variable, named: Callable[[str], Named]) -> list[tuple[Truth, str | Free]]:
    found: list[tuple[Truth, str | Free]] = []
    slots = named(variable.key).slots
    for when, text in slots:
        if isinstance(text, Choice):
            found += [(all_of([when, text.index == at]), option) for at, option in enumerate(text.options)]
        else:
            found.append((when, text))
    if variable.default is not None:
        found.append((negate(any_of(when for when, _ in slots)), variable.default))
    return [(when, text) for when, text in found if when is not False]


def _joined(tokens: Resolved, piece: str | Wild | Free) -> Resolved:
    if isinstance(piece, str) and tokens and isinstance(tokens[-1], str):
        return (*tokens[:-1], tokens[-1] + piece)
    return tokens if piece == "" else (*tokens, piece)


def _symbolic(whole: z3.SeqRef, tokens: Resolved) -> Truth:
    """Whether a text is made of pieces of which some are symbols, with stars between them: exact, since the leftmost
    place of each piece is as good as any other."""
    pieces: list[list[z3.SeqRef]] = [[]]
    for token in tokens:
        if isinstance(token, Wild):
            pieces.append([])
        else:
            pieces[-1].append(value(token) if isinstance(token, str) else token.term)
    joined = [z3.Concat(*piece) if len(piece) > 1 else piece[0] if piece else value("") for piece in pieces]
    if len(joined) == 1:
        return whole == joined[0]
    held = [z3.PrefixOf(joined[0], whole), z3.SuffixOf(joined[-1], whole)]
    at = z3.Length(joined[0])
    for piece in joined[1:-1]:
        place = z3.IndexOf(whole, piece, at)
        held.append(place >= 0)
        at = place + z3.Length(piece)
    held.append(at + z3.Length(joined[-1]) <= z3.Length(whole))
    return z3.And(*held)


def _re(text: str) -> z3.ReRef:
    return z3.Re(quoted(text))


_ANY = z3.AllChar(z3.ReSort(z3.StringSort()))
_NO_COLON = z3.Diff(_ANY, z3.Re(":"))


@lru_cache(maxsize=8192)
def expression(plain: tuple[Token, ...], fold: bool = False) -> z3.ReRef:
    """A pattern without variables as a regular expression."""
    parts: list[z3.ReRef] = []
    for token in plain:
        if isinstance(token, Wild):
            letter = _ANY if token.crosses else _NO_COLON
            parts.append(z3.Star(letter) if token.many else letter)
        elif fold:
            parts += [z3.Union(_re(c.lower()), _re(c.upper())) if c.isalpha() else _re(c) for c in str(token)]
        else:
            parts.append(_re(str(token)))
    return z3.Concat(*parts) if len(parts) > 1 else parts[0] if parts else z3.Re("")

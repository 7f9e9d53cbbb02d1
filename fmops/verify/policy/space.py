"""Every request that a question is about, as variables: action, resource, and each context key as (present, value).

A key of many values has as many slots as clauses ask about it with a set operator. That is enough: each such clause
says "some value does" or "every value does"; what these say of a set of values, they say of one witness for each.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import z3

from fmops.verify.policy.clauses import DIALECTS, RELATIONS, typed
from fmops.verify.policy.documents import Clause
from fmops.verify.policy.errors import Unproven
from fmops.verify.policy.keys import ALWAYS, APART, MANY, TOGETHER, Value
from fmops.verify.policy.logic import Truth, all_of, any_of, negate
from fmops.verify.policy.operators import READERS, Family
from fmops.verify.policy.patterns import Variable, Wild, tokens
from fmops.verify.policy.representatives import Shape, representatives
from fmops.verify.policy.solutions import Address, Symbol, holds_in, read
from fmops.verify.policy.texts import Choice, Free, Named, Text, alternatives, match, one_of, term, value

Sort = str
"""`text`, `bool`, `number`, `date` or `ip`."""

SORTS: dict[Family, Sort] = {"number": "number", "date": "date", "ip": "ip", "bool": "bool"}
"""Sorts of the families that aren't text."""

ANYTHING = Shape((Wild(False, True), Wild(True, True)))
"""Any text but the empty one."""

MOST_SHAPES = 400
"""Patterns that one text is told apart by."""

MOST_SLOTS = 12
"""Of a key of many values; a question that needs more is not proven."""


@dataclass(frozen=True)
class Key:
    """A context key's values.

    Attributes:
        slots: (present, value) of each; one for a key of one value.
        many: whether it may have several.
    """

    slots: tuple[tuple[Truth, Symbol], ...]
    many: bool = False

    @property
    def present(self) -> Truth:
        """Whether the request has the key."""
        return any_of(present for present, _ in self.slots)


@dataclass
class Space:
    """The variables of one question, made as they are asked for.

    Attributes:
        clauses: all that may ask about keys: they say which sort a key is, and how many slots it needs.
        decided: values that are known (None: absent), or variables that follow from the principal.
        linked: keys that stand as policy variables, so that their text counts.
        guess: try a few texts for these keys: a solution is one, but that there is none says nothing.
        endpoints: ids of those that have a policy.
        facts: what holds between the variables.
    """

    clauses: Iterable[Clause]
    decided: dict[str, Value | Key]
    linked: set[str] = field(default_factory=set)
    endpoints: tuple[str, ...] = ()
    guess: bool = False
    facts: list[Truth] = field(default_factory=list)
    keys: dict[str, Key] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._asked: dict[str, dict[tuple[str, tuple[str, ...]], Clause]] = defaultdict(dict)
        for clause in self.clauses:
            self._asked[clause.key][(clause.operator.name, clause.values)] = clause

    def key(self, name: str) -> Key:
        """A key's values, by its name in lower case.

        Raises:
            Unproven: it is compared in ways that don't go together.
        """
        if name not in self.keys:
            known = self.decided.get(name, False)
            if isinstance(known, Key):
                self.keys[name] = known
            elif not isinstance(known, bool):
                given = () if known is None else (known,) if isinstance(known, str) else tuple(known)
                many = isinstance(known, tuple) or name in MANY
                self.keys[name] = Key(tuple((True, one) for one in given), many)
            else:
                self.keys[name] = self._variable(name)
            self._relate(name)
        return self.keys[name]

    def _variable(self, name: str) -> Key:
        asked = self._asked[name].values()
        sort = self._sort(name)
        sets = [clause for clause in asked if clause.operator.quantifier != "one"]
        single = next(
            (one for one in asked if one.operator.quantifier == "one" and one.operator.family != "null"), None
        )
        many = name in MANY or (bool(sets) and single is None and not name.startswith("aws:"))
        if not many:
            return Key((self._slot(name, sort),))
        if single is not None:
            raise Unproven(single.place, f"{name} has many values: ForAnyValue or ForAllValues must say which count")
        if len(sets) > MOST_SLOTS:
            raise Unproven(sets[0].place, f"{len(sets)} clauses ask about the values of {name}: too many to prove")
        slots = tuple(self._slot(f"{name}#{number}", sort) for number in range(max(1, len(sets))))
        for present, symbol in slots:
            self.facts.append(any_of([negate(present), _filled(symbol)]))
        return Key(slots, True)

    def _sort(self, name: str) -> Sort:
        asked = [clause for clause in self._asked[name].values() if clause.operator.family != "null"]
        sorts = {SORTS.get(clause.operator.family, "text") for clause in asked}
        if sorts == {"text", "bool"} or (sorts == {"bool"} and name in self.linked):
            return "text"
        if len(sorts) > 1:
            raise Unproven(asked[-1].place, f"{name} is compared as {' and as '.join(sorted(sorts))}")
        return sorts.pop() if sorts else "text"

    def _slot(self, name: str, sort: Sort) -> tuple[Truth, Symbol]:
        present: Truth = True if name in ALWAYS else z3.Bool(f"has {name}")
        symbol: Symbol
        if sort == "number":
            symbol = z3.Real(name)
        elif sort == "date":
            symbol = z3.Int(name)
            self.facts.append(z3.And(symbol >= 0, symbol < 4_102_444_800_000_000))
        elif sort == "ip":
            symbol = Address(z3.Bool(f"{name} is IPv6"), z3.Int(name))
            most = z3.If(symbol.six, z3.IntVal(2**128), z3.IntVal(2**32))
            self.facts.append(z3.And(symbol.number >= 0, symbol.number < most))
        elif sort == "bool":
            symbol = z3.Bool(name)
        else:
            symbol = self.asked_text(name.split("#")[0], name)
        return present, symbol

    def text(self, name: str, shapes: Iterable[Shape], groups: Iterable[tuple[Shape, ...]]) -> Text:
        """A text that shapes are compared with, as few texts that stand for all where that goes.

        Args:
            name: the variable's.
            shapes: every pattern that it is compared with, variables included.
            groups: of each, one pattern must match; without variables.
        """
        required = tuple(groups)
        base = name.split("#")[0]
        if base not in self.linked:
            known = self._known(shapes)
        else:
            known = tuple(one for one in shapes if not _symbolic(one)) if self.guess else None
        few = None if known is None else representatives(known, required)
        if few is None:
            free = Free(z3.String(name))
            for group in required:
                self.facts.append(any_of(match(free, one.tokens, self.named, "", one.fold) for one in group))
            return free
        if not few:
            raise Unproven("the question", f"no {name} is both what it asks for and what AWS has")
        text, fact = one_of(name, few)
        self.facts.append(fact)
        return text

    def _known(self, shapes: Iterable[Shape]) -> tuple[Shape, ...] | None:
        """Shapes with all that their variables may stand for; None where that isn't known, or is too much."""
        found: dict[Shape, None] = {}
        for shape in shapes:
            for when, pieces in alternatives(shape.tokens, self.named):
                plain = tuple(piece for piece in pieces if not isinstance(piece, Free))
                if len(plain) < len(pieces) or len(found) > MOST_SHAPES:
                    return None
                if when is not False:
                    found[Shape(plain, shape.fold)] = None
        return tuple(found)

    def compared(self, name: str) -> list[Shape]:
        """What clauses compare a key with."""
        found: list[Shape] = []
        for clause in self._asked[name].values():
            family = clause.operator.family
            for text in clause.values if family != "null" else ():
                wanted = str(READERS[family](text)) if family in READERS else text
                pieces = tokens(wanted, DIALECTS.get(family, "exact"), clause.variables, clause.place)
                found.append(Shape(pieces, family == "folded"))
        return found

    def asked_text(self, name: str, variable: str) -> Text:
        """A key's text, told apart by what clauses compare it with."""
        groups = list[tuple[Shape, ...]]()
        shapes = [ANYTHING, *self.compared(name)]
        shapes += [Shape((one,)) for one in self.endpoints if name == "aws:sourcevpce"]
        if name.startswith("aws:") and "tag/" not in name:
            groups.append((ANYTHING,))
        if any(clause.operator.family == "bool" for clause in self._asked[name].values()):
            groups.append((Shape(("true",)), Shape(("false",))))
        return self.text(variable, shapes, groups)

    def _relate(self, name: str) -> None:
        """What holds between a key and those that were asked for before."""
        for pair in (*TOGETHER, *APART):
            if name in pair and all(other in self.keys for other in pair):
                first, second = (self.keys[other].present for other in pair)
                if pair in TOGETHER:
                    self.facts.append(any_of([all_of([first, second]), all_of([negate(first), negate(second)])]))
                else:
                    self.facts.append(negate(all_of([first, second])))

    def named(self, name: str) -> Named:
        """What a policy variable stands for: a key of many values stands for none."""
        key = self.key(name)
        found: list[tuple[Truth, Text]] = []
        for present, symbol in key.slots if not key.many else ():
            if not isinstance(symbol, str | Choice | Free):
                raise Unproven(name, "is a variable in one place, and compared as number, date or address in another")
            found.append((present, symbol))
        return Named(tuple(found))

    def holds(self, clause: Clause) -> Truth:
        """Whether a clause holds."""
        means, key = clause.operator, self.key(clause.key)
        if means.family == "null":
            there = key.present
            return any_of(negate(there) if wanted.lower() == "true" else there for wanted in clause.values)
        slots = key.slots
        if means.quantifier != "one" and not key.many:
            slots = tuple((all_of([present, _filled(symbol)]), symbol) for present, symbol in slots)
        elif means.quantifier == "one" and key.many and len(slots) > 1:
            raise Unproven(clause.place, f"{clause.key} has many values: ForAnyValue or ForAllValues must say which")
        agree = [(present, self._agrees(clause, symbol)) for present, symbol in slots]
        if means.quantifier == "all":
            return all_of(any_of([negate(present), one]) for present, one in agree)
        absent = negate(any_of(present for present, _ in slots))
        satisfied = means.if_exists or (means.negated and means.quantifier == "one")
        return any_of([*(all_of([present, one]) for present, one in agree), all_of([absent, satisfied])])

    def _agrees(self, clause: Clause, symbol: Symbol) -> Truth:
        """Whether one value of the request satisfies a clause, negation included."""
        held = any_of(self._matches(clause, symbol, wanted) for wanted in clause.values)
        return negate(held) if clause.operator.negated else held

    def _matches(self, clause: Clause, symbol: Symbol, wanted: str) -> Truth:
        means = clause.operator
        if means.family in DIALECTS and isinstance(symbol, str | Choice | Free):
            found = tokens(wanted, DIALECTS[means.family], clause.variables, clause.place)
            return match(symbol, found, self.named, clause.place, fold=means.family == "folded")
        expected: Any = READERS[means.family](wanted)
        if isinstance(symbol, str):
            return typed(means, symbol, wanted)
        if means.family in ("bool", "binary"):
            if isinstance(symbol, Choice | Free):
                return term(symbol) == value(str(expected))
            return symbol if expected == "true" else negate(symbol)
        if isinstance(symbol, Address):
            version, first, last = expected
            return all_of(
                [symbol.six if version == 6 else negate(symbol.six), symbol.number >= first, symbol.number <= last]
            )
        constant = z3.IntVal(expected) if means.family == "date" else z3.Q(expected.numerator, expected.denominator)
        return RELATIONS[means.relation](symbol, constant)

    def context(self, model: z3.ModelRef) -> dict[str, str | tuple[str, ...]]:
        """The request's context in a solution, without what principal and target decide."""
        found: dict[str, str | tuple[str, ...]] = {}
        for name, key in self.keys.items():
            if name in self.decided:
                continue
            given = [read(model, symbol) for present, symbol in key.slots if holds_in(model, present)]
            if given:
                found[name] = tuple(given) if key.many else given[0]
        return found


def _filled(symbol: Symbol) -> Truth:
    """Whether a value isn't the empty text, which set operators don't count."""
    if isinstance(symbol, str):
        return symbol != ""
    if isinstance(symbol, Choice):
        return all_of(symbol.index != number for number, option in enumerate(symbol.options) if not option)
    return symbol.term != value("") if isinstance(symbol, Free) else True


def _symbolic(shape: Shape) -> bool:
    """Whether policy variables stand in a pattern."""
    return any(isinstance(token, Variable) for token in shape.tokens)

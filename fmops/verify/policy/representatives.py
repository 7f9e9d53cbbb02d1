"""One text for each way in which texts can match some patterns: what stands for all texts without a solver of texts.

Two texts that match the same patterns of a question can't be told apart by it. So a walk through all patterns at once,
as one automaton, keeps the shortest text for each set of patterns that match together: these texts stand for all.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fmops.verify.policy.patterns import Token, Variable, Wild

MOST_STATES = 4_000
"""Beyond this the solver's own texts take over."""

_OTHERS = "x0yzqwkjvbnmXYZQWKJVBNM123456789~^&%"

Item = str | Wild
State = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Shape:
    """A pattern without variables, and whether case counts."""

    tokens: tuple[Token, ...]
    fold: bool = False


@lru_cache(maxsize=4096)
def representatives(shapes: tuple[Shape, ...], groups: tuple[tuple[Shape, ...], ...]) -> tuple[str, ...] | None:
    """Texts that stand for all texts which match a pattern of each group.

    Args:
        shapes: the patterns that texts are told apart by.
        groups: of each, one pattern must match.

    Returns:
        One text for each set of patterns that some text matches, shortest first; None where it takes too many steps.
    """
    all_shapes = tuple(dict.fromkeys([*(one for group in groups for one in group), *shapes]))
    walk = _Walk([_items(one) for one in all_shapes], [one.fold for one in all_shapes])
    needed = [frozenset(all_shapes.index(one) for one in group) for group in groups]
    start = walk.closed((number, 0) for number in range(len(all_shapes)))
    texts: dict[State, str] = {start: ""}
    found: dict[frozenset[int], str] = {}
    open_ = deque([start])
    while open_:
        state = open_.popleft()
        matched = walk.matched(state)
        if matched not in found and all(group & matched for group in needed):
            found[matched] = texts[state]
        for letter in walk.letters(state):
            after = walk.step(state, letter)
            alive = {number for number, _ in after}
            if after not in texts and all(group & alive for group in needed):
                if len(texts) >= MOST_STATES:
                    return None
                texts[after] = texts[state] + letter
                open_.append(after)
    return tuple(found.values())


def _items(shape: Shape) -> list[Item]:
    found: list[Item] = []
    for token in shape.tokens:
        if isinstance(token, Variable):
            raise TypeError("a pattern with a variable has no representatives")
        found += [token] if isinstance(token, Wild) else list(token.lower() if shape.fold else token)
    return found


class _Walk:
    """All patterns at once: a state is every (pattern, place in it) where a text may be."""

    def __init__(self, patterns: Sequence[list[Item]], folds: Sequence[bool]) -> None:
        self._patterns, self._folds = patterns, folds
        used = {one for items in patterns for item in items if isinstance(item, str) for one in (item, item.swapcase())}
        plain = next((one for one in _OTHERS if one not in used), None)
        self._other = plain or next(chr(code) for code in range(0x100, 0x10000) if chr(code) not in used)

    def closed(self, places: Iterator[tuple[int, int]]) -> State:
        """Places, and those behind stars that match nothing."""
        found: set[tuple[int, int]] = set()
        for number, place in places:
            items = self._patterns[number]
            found.add((number, place))
            while place < len(items) and isinstance(item := items[place], Wild) and item.many:
                place += 1
                found.add((number, place))
        return frozenset(found)

    def matched(self, state: State) -> frozenset[int]:
        """The patterns that a text in a state matches."""
        return frozenset(number for number, place in state if place == len(self._patterns[number]))

    def letters(self, state: State) -> Iterator[str]:
        """Letters that lead to different states; one for all that no pattern names."""
        found: dict[str, None] = {self._other: None}
        for number, place in sorted(state):
            items = self._patterns[number]
            item = items[place] if place < len(items) else None
            if isinstance(item, str):
                found.update(dict.fromkeys((item, item.swapcase()) if self._folds[number] else (item,)))
            elif isinstance(item, Wild) and not item.crosses:
                found[":"] = None
        yield from found

    def step(self, state: State, letter: str) -> State:
        """The state after a letter."""
        return self.closed(self._moved(state, letter))

    def _moved(self, state: State, letter: str) -> Iterator[tuple[int, int]]:
        for number, place in state:
            items = self._patterns[number]
            if place == len(items):
                continue
            item = items[place]
            if isinstance(item, Wild):
                if item.crosses or letter != ":":
                    yield number, place if item.many else place + 1
            elif item == (letter.lower() if self._folds[number] else letter):
                yield number, place + 1

"""Ways to ask whether a resource's setting keeps it off the internet: closed, open, or not told by the template."""

import json
from collections.abc import Callable
from typing import Any

from fmops.verify.templates import Resource
from fmops.verify.values import Pointer, Text, Unknown, World, many, options

Answer = bool | Unknown
"""True: closed. False: open. Unknown: why it can't be told."""
Closed = Callable[[World, Resource], Answer]


def worst(answers: list[Answer]) -> Answer:
    """Open if one is open; else unknown if one is; else closed."""
    if any(answer is False for answer in answers):
        return False
    return next((answer for answer in answers if isinstance(answer, Unknown)), True)


def has(path: str) -> Closed:
    """Closed by having something, e.g. subnets."""

    def ask(world: World, resource: Resource) -> Answer:
        return worst([_there(value) for value in options(world.get(resource, path))])

    return ask


def _there(value: Any) -> Answer:
    if isinstance(value, Unknown):
        return value
    return value not in (None, "", [], {})


def is_(path: str, *values: Any, default: Any = None) -> Closed:
    """Closed by a setting that has one of the values.

    Args:
        default: what AWS takes where the setting isn't there.
    """

    def judge(value: Any) -> Answer:
        value = default if value is None else value
        if isinstance(value, Unknown | Pointer | Text):
            return value if isinstance(value, Unknown) else Unknown(f"{path} is {value}")
        return any(_same(value, wanted) for wanted in values)

    def ask(world: World, resource: Resource) -> Answer:
        return worst([judge(value) for value in options(world.get(resource, path))])

    return ask


def _same(value: Any, wanted: Any) -> bool:
    return value == wanted or str(value).lower() == str(wanted).lower()


def only(path: str, *values: str, default: tuple[str, ...] = ()) -> Closed:
    """Closed when everything in a list is one of the values."""

    def ask(world: World, resource: Resource) -> Answer:
        found = many(world.get(resource, path)) or list(default)
        return worst([item if isinstance(item, Unknown) else item in values for item in found])

    return ask


def lacks(path: str) -> Closed:
    """Closed by not having something."""

    def ask(world: World, resource: Resource) -> Answer:
        answer = has(path)(world, resource)
        return answer if isinstance(answer, Unknown) else not answer

    return ask


def every(*tests: Closed) -> Closed:
    """Closed when all are."""
    return lambda world, resource: worst([test(world, resource) for test in tests])


def some(*tests: Closed) -> Closed:
    """Closed when one is."""

    def ask(world: World, resource: Resource) -> Answer:
        answers = [test(world, resource) for test in tests]
        if any(answer is True for answer in answers):
            return True
        return next((answer for answer in answers if isinstance(answer, Unknown)), False)

    return ask


def each(path: str, name: str, *values: Any, default: Any = None) -> Closed:
    """Closed when a setting of every item of a list has one of the values."""

    def ask(world: World, resource: Resource) -> Answer:
        answers: list[Answer] = []
        for item in many(world.get(resource, path)):
            if isinstance(item, Unknown):
                answers.append(item)
            elif isinstance(item, dict):
                found = [default if value is None else value for value in options(item.get(name))]
                answers += [v if isinstance(v, Unknown) else any(_same(v, wanted) for wanted in values) for v in found]
        return worst(answers)

    return ask


def never(_world: World, _resource: Resource) -> Answer:
    """Nothing closes it."""
    return False


def silent_of(path: str, *words: str) -> Closed:
    """Closed when a text, or JSON, says none of the words."""

    def ask(world: World, resource: Resource) -> Answer:
        value = world.get(resource, path)
        said = json.dumps(value, default=str).replace(" ", "").replace('\\"', '"')
        if any(word in said for word in words):
            return False
        return value if isinstance(value, Unknown) else True

    return ask

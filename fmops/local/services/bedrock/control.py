"""What both halves of the control plane need: resources of the store, and Bedrock's error for what a schema refuses."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fmops.local import answers, shapes, store
from fmops.local.registry import AwsError, Model, Params, operation


@contextmanager
def _validated() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise AwsError("ValidationException", str(error)) from error


def create(resource_type: str, properties: Model) -> Model:
    """Makes a resource. AwsError `ValidationException` when its schema refuses it."""
    with _validated():
        return store.create(resource_type, properties)


def update(resource_type: str, wanted: str, properties: Model) -> Model:
    """Changes a resource to the given properties, all of them. AwsError as `create`."""
    with _validated():
        return store.update(resource_type, wanted, properties)


def _tags(name: str) -> Callable[[Params], Params]:
    """Tags, as the generic store keeps them."""
    return lambda parameters: answers.answer("Bedrock", shapes.model("bedrock").operation_model(name), parameters)


for _name in ("TagResource", "UntagResource", "ListTagsForResource"):
    operation("bedrock", _name)(_tags(_name))

"""Whether each region has the services of the resource types that templates make there."""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fmops.doctor.asking import listed
from fmops.doctor.check import Check
from fmops.doctor.findings import Said, problem, unchecked
from fmops.doctor.scene import Scene, Spot, resources

FILE = Path(__file__).with_name("services.yaml")
ROOT = "/aws/service/global-infrastructure"


@functools.cache
def table() -> Mapping[str, Any]:
    """How types are named as services, as data."""
    found: dict[str, Any] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return found


def service(type_: str) -> str | None:
    """The service of a resource type, as the public parameters name it; None for a type that needs none in a region."""
    parts = type_.split("::")
    if parts[0] != "AWS" or parts[1] in table()["none"]:
        return None
    name: str = table()["names"].get(parts[1], parts[1].lower())
    return None if name in table()["global"] else name


def needed(scene: Scene, spot: Spot) -> dict[str, str]:
    """Each service that a region's templates need, with a type of it. Products are launched in the home region."""
    types = [resource.type for resource in resources(spot.about)]
    if spot.region == scene.foundation.regions.home:
        types += [one["Type"] for product in scene.products.values() for one in product.get("Resources", {}).values()]
    return {name: type_ for type_ in sorted(set(types), reverse=True) if (name := service(type_)) is not None}


def look(scene: Scene, spot: Spot) -> Iterator[Said]:
    """Compares a region's services with those that are needed."""
    here = _names(scene, spot, f"{ROOT}/regions/{spot.region}/services")
    for name, type_ in sorted(needed(scene, spot).items()):
        if name in here:
            continue
        if name in _names(scene, spot, f"{ROOT}/services"):
            yield problem(
                f"the region has no {name}, which {type_} needs", "Leave out the feature, or choose another region."
            )
        else:
            yield unchecked(
                f"AWS lists no service {name}, so nothing is known of {type_}",
                f"Say in fmops/doctor/{FILE.name} how AWS names it.",
            )


def _names(scene: Scene, spot: Spot, path: str) -> set[str]:
    found = scene.aws.ask(spot.account, spot.region, "ssm", "get_parameters_by_path", Path=path)
    return {parameter["Name"].rpartition("/")[2] for parameter in listed(found, "Parameters")}


CHECK = Check(
    "services",
    "resource types of the templates, and the region's services",
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html",
    lambda scene: scene.regions(),
    look,
    embedded=False,
)

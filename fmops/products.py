"""The catalog's products in a cloud assembly: each version's template, found as Service Catalog will find it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmops.bootstrap.assembly import NESTED, STACK

CATALOG = "-Catalog"
"""How the names of the stacks end that publish the catalog."""
PRODUCT = "AWS::ServiceCatalog::CloudFormationProduct"
ASSET = re.compile(r"/([0-9a-f]{64})\.json$")


@dataclass(frozen=True)
class Published:
    """One version of a product, as the assembly publishes it.

    Attributes:
        name: the product's, which is its template's.
        version: its provisioning artifact's name, e.g. `1.0.0`.
        file: the template's file in the assembly.
    """

    name: str
    version: str
    file: Path

    @property
    def body(self) -> str:
        """The template's text, byte for byte as it is uploaded."""
        return self.file.read_text(encoding="utf-8")

    @property
    def template(self) -> dict[str, Any]:
        """The template."""
        found: dict[str, Any] = json.loads(self.body)
        return found


def published(assembly: Path) -> list[Published]:
    """Every version of every product of an assembly, by name and in the order in which a product lists its versions."""
    return sorted(_published(assembly), key=lambda version: version.name)


def newest(assembly: Path) -> dict[str, Published]:
    """The last version of each product, by the product's name."""
    return {version.name: version for version in published(assembly)}


def _published(assembly: Path) -> Iterator[Published]:
    for stack in _catalogs(assembly):
        yield from of_stack(stack)


def of_stack(stack: Path) -> Iterator[Published]:
    """The versions that one stack publishes, from its template's file."""
    listing = stack.with_name(stack.name.replace(".template.json", ".assets.json"))
    files = json.loads(listing.read_text(encoding="utf-8"))["files"]
    assets = {digest: listing.parent / entry["source"]["path"] for digest, entry in files.items()}
    for resource in _products(stack):
        for artifact in resource["ProvisioningArtifactParameters"]:
            url = artifact["Info"]["LoadTemplateFromURL"]
            found = ASSET.search(url["Fn::Sub"] if isinstance(url, Mapping) else url)
            if found and found[1] in assets:
                yield Published(resource["Name"], artifact["Name"], assets[found[1]])


def _catalogs(folder: Path) -> Iterator[Path]:
    """The templates of the stacks that publish: governance's. Experimentation's products only ask for these."""
    manifest = folder / "manifest.json"
    found = json.loads(manifest.read_text(encoding="utf-8")).get("artifacts", {}) if manifest.exists() else {}
    for artifact in found.values():
        properties = artifact.get("properties", {})
        if artifact["type"] == NESTED:
            yield from _catalogs(folder / properties["directoryName"])
        elif artifact["type"] == STACK and properties.get("stackName", "").endswith(CATALOG):
            yield folder / properties["templateFile"]


def _products(stack: Path) -> Iterator[Mapping[str, Any]]:
    for resource in json.loads(stack.read_text(encoding="utf-8"))["Resources"].values():
        if resource["Type"] == PRODUCT:
            yield resource["Properties"]

"""The contract between the catalog's template folders and the stack that publishes them.

A template folder holds `template.yaml` (the manifest) and `product.py` with exactly one subclass of `Product`. Adding a
folder adds a product: folders are discovered, never registered. `released/` keeps the templates of earlier versions, as
`fmops catalog release` wrote them: without what the foundation says, which publishing fills in again.
"""

import importlib
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import aws_servicecatalog as servicecatalog
from ruamel.yaml import YAML

from constructs import Construct

FROM_STUDIO = ("SageMakerProjectName", "SageMakerProjectId")
"""Parameters that every product has beside its manifest's: Studio fills them in."""
PUBLISHED = "AWS::SSM::Parameter"
"""How the types of parameters begin whose values the platform publishes."""


@dataclass(frozen=True)
class Facts:
    """What a product may know about the foundation it is published in: plain data, the same for every product.

    Attributes:
        organization_id: the AWS organisation, e.g. `o-exampleorgid`.
        region: the home region.
        tooling: the account where products are launched.
        data_lake: the account with the raw and curated zones.
        business_units: account ids by business unit and account type, e.g. `{"retail": {"dev": "000000000022", ...}}`.
        models: families of foundation models that an application may use in all its stages.
        approvers: the personas that approve and that each business unit has people for; None if that is not known.
    """

    organization_id: str
    region: str
    tooling: str
    data_lake: str
    business_units: Mapping[str, Mapping[str, str]]
    models: tuple[str, ...] = ()
    approvers: Mapping[str, Sequence[str]] | None = None


class Product(servicecatalog.ProductStack):
    """The CloudFormation template of one product; a template folder subclasses it.

    The subclass's constructor is `(scope, id, *, foundation_facts: Facts)` and passes the first two on.
    """

    def __init__(self, scope: Construct, id: str, *, foundation_facts: Facts) -> None:
        super().__init__(scope, id, analytics_reporting=False)
        self.facts = foundation_facts

    @classmethod
    def offered_to(cls, facts: Facts, unit: str) -> bool:  # noqa: ARG003 - for subclasses to say
        """Whether a business unit can have it."""
        return True


@dataclass(frozen=True)
class Version:
    """What one version of a template asks and gives.

    Attributes:
        name: e.g. `1.0.0`.
        parameters: as the manifest writes them, by name: `description`, `pattern`, and `default` where there is one.
        outputs: descriptions by name.
    """

    name: str
    parameters: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class TemplateFolder:
    """One discovered folder of the catalog.

    Attributes:
        path: the folder.
        manifest: the content of its `template.yaml`.
    """

    path: Path
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The product's name, e.g. `ml-train-deploy-realtime`."""
        return str(self.manifest["name"])

    @property
    def seed(self) -> Path:
        """The copier template that a launch renders."""
        return self.path / "seed"

    @property
    def released(self) -> dict[str, Path]:
        """The templates of earlier versions that can still be launched, oldest first."""
        gone = {self.manifest["version"], *self.manifest.get("withdrawn", {})}
        found = {file.stem: file for file in self.path.glob("released/*.json") if file.stem not in gone}
        return dict(sorted(found.items(), key=lambda entry: [int(part) for part in entry[0].split(".")]))

    @property
    def versions(self) -> list[Version]:
        """Every version that can be launched, the newest last."""
        now = Version(str(self.manifest["version"]), self.manifest["parameters"], self.manifest["outputs"])
        return [*(self._earlier(name, file) for name, file in self.released.items()), now]

    def _earlier(self, name: str, released: Path) -> Version:
        """What a released template asks of people: not what the platform publishes, nor what Studio fills in."""
        template = json.loads(released.read_text(encoding="utf-8"))
        today = self.manifest["parameters"]
        parameters = {
            parameter: {
                "description": schema.get("Description", ""),
                # A list of what a foundation offers took the pattern's place, and is no part of a release.
                "pattern": schema.get("AllowedPattern") or today.get(parameter, {}).get("pattern", ".*"),
                **({"default": schema["Default"]} if "Default" in schema else {}),
            }
            for parameter, schema in template["Parameters"].items()
            if not str(schema["Type"]).startswith(PUBLISHED) and parameter not in FROM_STUDIO
        }
        given = template.get("Outputs", {})
        outputs = {key: str(one.get("Description", "")) for key, one in given.items() if key not in parameters}
        return Version(name, parameters, outputs)

    def product(self) -> type[Product]:
        """Loads the product class.

        Raises:
            TypeError: the module `templates.<folder>.product` holds no subclass of `Product`, or more than one.
        """
        module = importlib.import_module(f"{self.path.parent.name}.{self.path.name}.product")
        found = [
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if issubclass(member, Product) and member.__module__ == module.__name__
        ]
        if len(found) != 1:
            raise TypeError(f"{module.__file__} must define exactly one subclass of Product; it defines {len(found)}.")
        return found[0]


def republished(released: Path, product: Product) -> str:
    """The text of an earlier version, with what the foundation says today: units, accounts, models.

    Args:
        released: the file of the version.
        product: the current version in this foundation.
    """
    template = json.loads(released.read_text(encoding="utf-8"))
    units = getattr(product, "units", None)
    if units is not None:
        template.setdefault("Mappings", {})["BusinessUnits"] = units
    for name, choices in (product.choices() if hasattr(product, "choices") else {}).items():
        if name in template["Parameters"]:
            template["Parameters"][name]["AllowedValues"] = list(choices)
    return json.dumps(template, indent=1)


def discover(root: Path) -> list[TemplateFolder]:
    """The catalog's folders below `root`, in the order of their names.

    A folder without `product.py` is not (yet) a product and is skipped.
    """
    yaml = YAML(typ="safe")
    return [
        TemplateFolder(path=manifest.parent, manifest=yaml.load(manifest.read_text(encoding="utf-8")))
        for manifest in sorted(root.glob("*/template.yaml"))
        if (manifest.parent / "product.py").is_file()
    ]

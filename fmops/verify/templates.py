"""CloudFormation templates as they lie on disk: a cloud assembly, a folder, or single files; JSON or YAML."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, Node
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from fmops.verify import shape

STACK, NESTED = "aws:cloudformation:stack", "cdk:cloud-assembly"
SUFFIXES = (".json", ".yaml", ".yml", ".template")
SHORT_FORMS = (
    "And, Base64, Cidr, Contains, Equals, FindInMap, GetAZs, If, ImportValue, Join, Length, Not, Or, Select, Split, "
    "Sub, ToJsonString, Transform"
)
"""YAML's short forms that stand for `Fn::<name>`; `!Ref`, `!Condition` and `!GetAtt` are read apart."""


class UnreadableError(Exception):
    """A file that is no template: it names the file, the place and the remedy."""


@dataclass(frozen=True, eq=False)
class Template:
    """One template, and where it is deployed as far as that is known.

    Attributes:
        file: as it was named.
        stack: the stack's name; the file's where it has none.
        body: the template.
        account, region: empty where the template is for no place in particular.
        constructs: construct paths by logical id, where CDK wrote them.
    """

    file: str
    stack: str
    body: Mapping[str, Any]
    account: str = ""
    region: str = ""
    constructs: Mapping[str, str] = field(default_factory=dict)
    mistakes: tuple[str, ...] = field(default=(), init=False)
    """What of the body is not as CloudFormation has it, and is left out therefore."""

    def __post_init__(self) -> None:
        body, mistakes = shape.tidy(self.body)
        object.__setattr__(self, "body", body)
        object.__setattr__(self, "mistakes", tuple(mistakes))

    @cached_property
    def resources(self) -> dict[str, "Resource"]:
        """Its resources by logical id."""
        return {
            logical_id: Resource(self, logical_id, str(content.get("Type", "")), content.get("Properties") or {})
            for logical_id, content in self.body["Resources"].items()
            if isinstance(content, Mapping)
        }


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource; two of the same id in two templates are two."""

    template: Template
    logical_id: str
    type: str
    properties: Mapping[str, Any]

    @property
    def construct(self) -> str:
        """The CDK construct's path, or nothing."""
        metadata = self.template.body["Resources"][self.logical_id].get("Metadata") or {}
        return self.template.constructs.get(self.logical_id) or str(metadata.get("aws:cdk:path", ""))

    def __str__(self) -> str:
        return f"{self.template.stack}/{self.logical_id}"


def read(paths: Sequence[Path]) -> list[Template]:
    """All templates of assemblies, folders and files, each once.

    Raises:
        UnreadableError: there is none, or one is broken.
    """
    found = [template for path in paths for template in _read(path)]
    if not found:
        raise UnreadableError(f"{', '.join(map(str, paths))}: no template. Name a cdk.out, a folder or a file.")
    return list({template.file: template for template in found}.values())


def _read(path: Path) -> Iterator[Template]:
    if (path / "manifest.json").is_file():
        yield from _assembly(path)
        for kind in ("product", "nested"):
            yield from (_file(file) for file in sorted(path.rglob(f"*.{kind}.template.json")))
    elif path.is_dir():
        files = (file for file in sorted(path.rglob("*")) if file.suffix in SUFFIXES and file.is_file())
        yield from (template for file in files if (template := _file(file)).body.get("Resources"))
    elif path.is_file():
        template = _file(path)
        if not template.body["Resources"] and not template.mistakes:
            raise UnreadableError(f"{path}: no Resources; a CloudFormation template has some.")
        yield template
    else:
        raise UnreadableError(f"{path}: not there. Synthesise first, or name a folder or a file.")


def _assembly(path: Path) -> Iterator[Template]:
    """The stacks of a cloud assembly, those of its stages too."""
    manifest = _load(path / "manifest.json")
    for name, artifact in sorted(manifest.get("artifacts", {}).items()):
        properties = artifact.get("properties", {})
        if artifact.get("type") == NESTED:
            yield from _assembly(path / properties["directoryName"])
        elif artifact.get("type") == STACK:
            account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
            yield _file(
                path / properties["templateFile"],
                stack=properties.get("stackName", name),
                account=account if account.isdigit() else "",
                region="" if region.startswith("unknown") else region,
                constructs=_constructs(path, artifact),
            )


def _constructs(path: Path, artifact: Mapping[str, Any]) -> dict[str, str]:
    beside = artifact.get("additionalMetadataFile")
    metadata = _load(path / beside) if beside else artifact.get("metadata", {})
    return {
        str(entry["data"]): construct.lstrip("/")
        for construct, entries in metadata.items()
        for entry in entries
        if entry.get("type") == "aws:cdk:logicalId"
    }


def _file(file: Path, stack: str = "", **about: Any) -> Template:
    body = _load(file)
    return Template(file=str(file), stack=stack or file.name.partition(".")[0], body=body, **about)


def _load(file: Path) -> Mapping[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        body = json.loads(text) if text.lstrip().startswith("{") else _finite(_yaml().load(text))
    except OSError as error:
        raise UnreadableError(f"{file}: {error.strerror}.") from error
    except (RecursionError, ValueError, YAMLError) as error:
        raise UnreadableError(f"{file}: neither JSON nor YAML ({' '.join(str(error).split())}).") from error
    return body if isinstance(body, Mapping) else {}


def _finite(body: Any) -> Any:
    """What YAML says, unless an alias makes it hold itself: a ValueError."""
    json.dumps(body, default=str, skipkeys=True)
    return body


class _Forms(SafeConstructor):
    """Reads CloudFormation's short forms, e.g. `!Ref Vpc`."""

    def short_form(self, suffix: str, node: Node) -> Any:
        """The long form of a tag."""
        value: Any
        if isinstance(node, ScalarNode):
            value = self.construct_scalar(node)
        elif isinstance(node, SequenceNode):
            value = self.construct_sequence(node, deep=True)
        elif isinstance(node, MappingNode):
            value = self.construct_mapping(node, deep=True)
        if suffix in ("Ref", "Condition"):
            return {suffix: value}
        if suffix == "GetAtt":
            return {"Fn::GetAtt": value.split(".", 1) if isinstance(value, str) else value}
        if suffix in SHORT_FORMS.split(", "):
            return {f"Fn::{suffix}": value}
        raise ValueError(f"unknown tag !{suffix}")

    def as_text(self, node: Node) -> str:
        """A date stays as it is written: `2012-10-17`."""
        return str(node.value)


_Forms.add_multi_constructor("!", _Forms.short_form)
_Forms.add_constructor("tag:yaml.org,2002:timestamp", _Forms.as_text)


def _yaml() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Forms
    return yaml

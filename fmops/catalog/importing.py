"""A template of SageMaker Projects becomes one of this catalog: private, named after the project, without identities.

It is a translation of data; `importing.yaml` says what stays, what goes, and which role takes whose place. What can't
be translated is an error that names it.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cfnlint.decode
from ruamel.yaml import YAML

from fmops.problem import Problem

FILE = Path(__file__).with_name("importing.yaml")
NAME, ID = "SageMakerProjectName", "SageMakerProjectId"
PROJECT = "ProjectName"
REPOSITORY, BUCKET, PIPELINE = "AWS::CodeCommit::Repository", "AWS::S3::Bucket", "AWS::CodePipeline::Pipeline"
OF_REPOSITORY = {"Name": "RepositoryName", "Arn": "RepositoryArn", "CloneUrlHttp": "RepositoryUrl"}
PLACEHOLDER = re.compile(r"\$\{([^!}]+)\}")
Template = dict[str, Any]


@functools.cache
def rules() -> Mapping[str, Any]:
    """The reviewed data beside this module."""
    found: dict[str, Any] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return found


@dataclass
class Imported:
    """What came of an import.

    Attributes:
        template: for `fmops_constructs.imported.ImportedProduct`.
        parameters: those of the original that are asked still, as CloudFormation declares them.
        notes: what was changed, and why; one line each.
        buildspecs: files that builds run, which the project's repository must hold.
    """

    template: Template = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    buildspecs: list[str] = field(default_factory=list)


def read(file: Path) -> Template:
    """A CloudFormation template in YAML or JSON, its short forms written out.

    Raises:
        Problem: it can't be read, or is no template of SageMaker Projects.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Problem(f"{file}: this is no text.", "Give it a CloudFormation template.") from error
    found, mistakes = cfnlint.decode.decode_str(text)
    if mistakes or not isinstance(found, dict):
        why = mistakes[0].message if mistakes else "it is no mapping"
        raise Problem(f"{file}: this is no CloudFormation template: {why}", "Correct it there.")
    template: Template = plain(found)
    absent = [name for name in (NAME, ID) if name not in template.get("Parameters", {})]
    if absent or not template.get("Resources"):
        lacking = " and ".join(absent) or "Resources"
        raise Problem(f"{file}: no template of SageMaker Projects: it has no {lacking}.", "See docs/catalog.md.")
    return template


def plain(node: Any) -> Any:
    """A decoded template without cfn-lint's types."""
    if isinstance(node, Mapping):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def translate(original: Template) -> Imported:
    """The template for this catalog.

    Raises:
        Problem: it holds what can't be made private here; all of it at once.
    """
    return _Translation(original).result


class _Translation:
    """One import: what refers to what, and what is put in its place."""

    def __init__(self, original: Template) -> None:
        self._resources: Mapping[str, Any] = original["Resources"]
        self.result = Imported()
        stores = {ref for one in self._of(PIPELINE) for ref in _refs(one.get("ArtifactStore", {}))}
        self._stores = [name for name in stores if self._resources.get(name, {}).get("Type") == BUCKET]
        self._repository = next((n for n, r in self._resources.items() if r["Type"] == REPOSITORY), None)
        self._check()
        kept = {name: r for name, r in self._resources.items() if self._stays(name, r)}
        made = {name: self._resource(name, resource) for name, resource in kept.items()}
        logs = dict(self._logs(made))
        template: Template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {**made, **logs}}
        for part in ("Mappings", "Conditions"):
            if part in original:
                template[part] = self._value(original[part], "")
        outputs = self._value(original.get("Outputs", {}), "")
        template["Outputs"] = {n: o for n, o in outputs.items() if _refs(o) <= set(made) | set(rules()["filled"])}
        asked = {ref for part in (template["Resources"], template.get("Conditions", {})) for ref in _refs(part)}
        self.result.parameters = {n: p for n, p in original["Parameters"].items() if n in asked and n not in (NAME, ID)}
        for name in sorted(set(original["Parameters"]) - set(self.result.parameters) - {NAME, ID}):
            self._note(f"parameter {name}", "nothing asks for it any more")
        declared = {name: {"Type": kind} for name, kind in rules()["filled"].items()}
        template["Parameters"] = {**declared, **self.result.parameters}
        self.result.template = template

    def _of(self, kind: str) -> Iterator[Mapping[str, Any]]:
        return (r.get("Properties", {}) for r in self._resources.values() if r["Type"] == kind)

    def _note(self, what: str, why: str) -> None:
        self.result.notes.append(f"{what}: {why}")

    def _check(self) -> None:
        known = {*rules()["kept"], *rules()["dropped"]}
        strange = [
            f"{name} ({resource['Type']})"
            for name, resource in self._resources.items()
            if resource["Type"] not in known and name not in self._stores
        ]
        if strange:
            raise Problem(
                f"This can't be made private by an import: {', '.join(strange)}.",
                "Write a product for it: fmops catalog new NAME --from TEMPLATE. What may stay: "
                + ", ".join(rules()["kept"]),
            )

    def _stays(self, name: str, resource: Mapping[str, Any]) -> bool:
        why = rules()["dropped"].get(resource["Type"])
        if name in self._stores:
            why = "pipelines keep what they hand on in tooling's bucket of artifacts"
        elif name == self._repository:
            why = "the project's own repository takes its place, encrypted and filled by the seeder"
        if why:
            self._note(name, why)
        return why is None

    def _resource(self, name: str, resource: Mapping[str, Any]) -> Template:
        kind, properties = resource["Type"], dict(resource.get("Properties", {}))
        if kind == REPOSITORY:
            if properties.pop("Code", None):
                self._note(name, "starts empty: the seeder fills the project's first repository only")
            properties["KmsKeyId"] = {"Ref": "ArtifactsKeyArn"}
        if kind == PIPELINE:
            properties["Stages"] = list(self._stages(name, properties["Stages"]))
        properties = self._value(properties, kind)
        if kind == PIPELINE:
            key = {"Type": "KMS", "Id": {"Ref": "ArtifactsKeyArn"}}
            store = {"Type": "S3", "Location": {"Ref": "ArtifactsBucketName"}, "EncryptionKey": key}
            properties |= {"ArtifactStore": store, "PipelineType": "V2"}
        if kind == "AWS::CodeBuild::Project":
            self._private(name, properties)
        kept = {key: value for key, value in resource.items() if key in ("Type", "Condition")}
        depends = resource.get("DependsOn", [])
        left = [d for d in ([depends] if isinstance(depends, str) else depends) if self._is_kept(d)]
        return {**kept, **({"DependsOn": left} if left else {}), "Properties": properties}

    def _is_kept(self, name: str) -> bool:
        kind = self._resources[name]["Type"]
        return name not in (*self._stores, self._repository) and kind not in rules()["dropped"]

    def _stages(self, pipeline: str, stages: list[Template]) -> Iterator[Template]:
        """Stages without the actions that deploy by CloudFormation into the pipeline's own account."""
        for stage in stages:
            here = [a for a in stage["Actions"] if a["ActionTypeId"]["Provider"] == "CloudFormation"]
            for action in here:
                place = f"{pipeline}, {stage['Name']}/{action['Name']}"
                self._note(
                    place, "deployed into the account of the pipeline; a stage's own account is deployed to by a build"
                )
            left = [action for action in stage["Actions"] if action not in here]
            if left:
                yield {**stage, "Actions": left}

    def _private(self, name: str, properties: Template) -> None:
        """A build in the private network, with the platform's keys and logs."""
        network = {"VpcId": {"Ref": "VpcId"}, "Subnets": {"Ref": "SubnetIds"}}
        properties["VpcConfig"] = {**network, "SecurityGroupIds": [{"Ref": "SecurityGroupId"}]}
        properties["EncryptionKey"] = {"Ref": "ArtifactsKeyArn"}
        if properties["Environment"].pop("PrivilegedMode", False):
            self._note(name, "ran privileged, which the private network doesn't offer")
        properties["Environment"]["PrivilegedMode"] = False
        properties["LogsConfig"] = {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": {"Ref": f"{name}Logs"}}}
        properties.setdefault("Name", {"Fn::Join": ["", [{"Ref": PROJECT}, f"-{name.lower()}"]]})
        buildspec = properties.get("Source", {}).get("BuildSpec", "buildspec.yml")
        if isinstance(buildspec, str) and "\n" not in buildspec:
            self.result.buildspecs.append(buildspec)

    def _logs(self, made: Mapping[str, Template]) -> Iterator[tuple[str, Template]]:
        for name, resource in made.items():
            if resource["Type"] == "AWS::CodeBuild::Project":
                group = {
                    "Fn::Join": ["", ["/aws/codebuild/", {"Ref": "BusinessUnit"}, "/", resource["Properties"]["Name"]]]
                }
                properties = {"LogGroupName": group, "RetentionInDays": 365, "KmsKeyId": {"Ref": "LogsKeyArn"}}
                yield f"{name}Logs", {"Type": "AWS::Logs::LogGroup", "Properties": properties}

    def _value(self, node: Any, kind: str, key: str = "") -> Any:
        """A value with this catalog's names, roles, repository and bucket."""
        if key in rules()["role_properties"] and kind in rules()["roles"]:
            return {"Ref": rules()["roles"][kind]}
        if key == "Value" and kind in rules()["roles"] and self._tells_a_role(node):
            return {"Ref": rules()["told"]}
        if isinstance(node, list):
            return [self._value(value, kind) for value in node]
        if not isinstance(node, Mapping):
            return node
        if len(node) == 1:
            (function, argument), *_ = node.items()
            if function == "Ref":
                return self._reference(argument, "")
            if function == "Fn::GetAtt":
                parts = argument.split(".", 1) if isinstance(argument, str) else argument
                return self._reference(*parts)
            if function == "Fn::Sub":
                return self._joined(argument, kind)
        return {name: self._value(value, kind, name) for name, value in node.items()}

    def _tells_a_role(self, node: Any) -> bool:
        text = str(node)
        roles = [name for name, r in self._resources.items() if r["Type"] == "AWS::IAM::Role"]
        named = [ref for ref in _refs(node) if ref in roles or ("Role" in ref and ref not in self._resources)]
        return bool(named) or any(word in text for word in rules()["role_words"])

    def _reference(self, name: str, attribute: str) -> Template:
        if name in (NAME, ID):
            return {"Ref": PROJECT}
        if name == self._repository:
            return {"Ref": OF_REPOSITORY.get(attribute or "Name", "RepositoryName")}
        if name in self._stores:
            arn = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "ArtifactsBucketName"}]]}
            return arn if attribute == "Arn" else {"Ref": "ArtifactsBucketName"}
        return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}

    def _joined(self, argument: Any, kind: str) -> Any:
        """Fn::Sub as Fn::Join, which the product can fill in; the project's name and id are one name here."""
        text, values = (argument, {}) if isinstance(argument, str) else argument
        text = text.replace(f"${{{NAME}}}-${{{ID}}}", f"${{{NAME}}}").replace(f"sagemaker-${{{NAME}}}", f"${{{NAME}}}")
        parts: list[Any] = []
        end = 0
        for found in PLACEHOLDER.finditer(text):
            parts += [text[end : found.start()]] if found.start() > end else []
            name, _, attribute = found[1].partition(".")
            parts.append(
                self._value(values[found[1]], kind) if found[1] in values else self._reference(name, attribute)
            )
            end = found.end()
        parts += [text[end:]] if text[end:] else []
        return parts[0] if len(parts) == 1 else {"Fn::Join": ["", parts]}


def _refs(node: Any) -> set[str]:
    """The logical ids and parameters that a node refers to."""
    if isinstance(node, list):
        return set().union(*map(_refs, node))
    if not isinstance(node, Mapping):
        return set()
    found = set().union(*map(_refs, node.values()))
    if isinstance(node.get("Ref"), str):
        found.add(node["Ref"])
    target = node.get("Fn::GetAtt")
    if target:
        found.add(target.split(".")[0] if isinstance(target, str) else target[0])
    text = node.get("Fn::Sub")
    for name in PLACEHOLDER.findall(text if isinstance(text, str) else (text or [""])[0]):
        found.add(name.partition(".")[0])
    return {name for name in found if not name.startswith("AWS::")}

"""Projects that stand: found by their registration in tooling, followed, changed, and ended by the door they came by.

A launch registers its project in the product's own stack (`names.project_parameter`), so the register says what stands
and nothing else. Code and models outlive a project, and what its promotions deployed serves until it is purged.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from fmops_constructs import names

from fmops import launching
from fmops.launching import Progress
from fmops.people import DOORS, Door, Person
from fmops.problem import FAILED, Problem

FIXED = ("ProjectName", "BusinessUnit")
"""Parameters that name what a project made: with another value it would be another project."""
NOT_THEIRS = ("AccessDeniedException", "ResourceNotFoundException")


@dataclass(frozen=True)
class Registered:
    """A project as tooling's register has it."""

    name: str
    business_unit: str
    template: str
    version: str

    @property
    def names(self) -> names.Project:
        """What it is called in each account."""
        return names.Project(self.name, self.business_unit)


def registered(ssm: Any, business_unit: str) -> list[Registered]:
    """A business unit's projects, by name."""
    path = names.project_parameter(business_unit, "").rstrip("/")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path)
    return sorted((_read(entry) for page in pages for entry in page["Parameters"]), key=lambda p: p.name)


def _read(parameter: Mapping[str, Any]) -> Registered:
    *_, unit, name = parameter["Name"].split("/")
    content = json.loads(parameter["Value"])
    return Registered(name, unit, content["template"], content["version"])


def find(ssm: Any, business_unit: str, name: str) -> Registered:
    """A project of a business unit.

    Raises:
        Problem: there is none of that name; it says which there are.
    """
    found = {project.name: project for project in registered(ssm, business_unit)}
    if name not in found:
        raise Problem(f"{business_unit} has no project {name}.", f"There is: {', '.join(found) or 'none'}")
    return found[name]


def status(person: Person, project: Registered) -> dict[str, Any]:
    """How a project is: its launch where the person may know, the last run of each pipeline, its models."""
    session = person.session()
    pipelines, registry = (person.target.client(session, service) for service in ("codepipeline", "sagemaker"))
    door = door_of(person, project.name)
    return {
        "name": project.name,
        "business_unit": project.business_unit,
        "template": project.template,
        "version": project.version,
        "launched_by_you": door is not None,
        "launch": door[1]["Status"] if door else None,
        "pipelines": dict(_runs(pipelines, project)),
        "models": _models(registry, project),
    }


def _runs(pipelines: Any, project: Registered) -> Iterator[tuple[str, str]]:
    for name in (project.names.build, project.names.promotion):
        try:
            runs = pipelines.list_pipeline_executions(pipelineName=name, maxResults=1)["pipelineExecutionSummaries"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "PipelineNotFoundException":
                raise
            continue
        yield name, runs[0]["status"] if runs else "never ran"


def _models(registry: Any, project: Registered) -> list[dict[str, Any]]:
    """The project's models, the newest first; none where its template has no registry."""
    try:
        found = registry.list_model_packages(
            ModelPackageGroupName=project.names.model_package_group, SortBy="CreationTime", SortOrder="Descending"
        )["ModelPackageSummaryList"]
    except ClientError:  # SageMaker tells "no such group" by several codes
        return []
    return [{"version": m["ModelPackageVersion"], "approval": m["ModelApprovalStatus"]} for m in found]


def door_of(person: Person, name: str) -> tuple[Door, Mapping[str, Any]] | None:
    """The door by which this person launched a project, and what Service Catalog has of it there."""
    for door in DOORS:
        try:
            found = launching.standing(person.client("servicecatalog", door), name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in NOT_THEIRS:
                raise
            continue
        except Problem:  # this person has no role at this door
            continue
        if found is not None:
            return door, found
    return None


def own(person: Person, name: str) -> tuple[Door, Mapping[str, Any]]:
    """The same, of a project that must be the person's own.

    Raises:
        Problem: they didn't launch it, or it doesn't stand.
    """
    found = door_of(person, name)
    if found is None:
        raise Problem(
            f"{person.name} ({person.role}) launched no project {name} that stands.",
            "Who launched it changes and ends it: --as PERSON --role ROLE. What there is: fmops project list",
            FAILED,
        )
    return found


def update(
    person: Person, name: str, values: Mapping[str, str], progress: Progress, version: str | None = None
) -> Mapping[str, str]:
    """Brings a project to a version of its template, with other values where they are given; gives its outputs.

    Args:
        version: by default the newest.

    Raises:
        Problem: it isn't this person's, a value can't be changed, or AWS refuses; then everything is as before.
    """
    if fixed := sorted({*values} & {*FIXED}):
        raise Problem(f"--param {', '.join(fixed)}: a project keeps it.", "Launch another project with it.")
    door, product = own(person, name)
    catalog = person.client("servicecatalog", door)
    newest = launching.choose(catalog.describe_product(Id=product["ProductId"]), version)
    known = [
        parameter["ParameterKey"]
        for parameter in catalog.describe_provisioning_parameters(
            ProductId=product["ProductId"],
            ProvisioningArtifactId=newest,
            PathId=catalog.list_launch_paths(ProductId=product["ProductId"])["LaunchPathSummaries"][0]["Id"],
        )["ProvisioningArtifactParameters"]
    ]
    if unknown := sorted(set(values) - set(known)):
        raise Problem(f"--param {', '.join(unknown)}: not a parameter of {name}.", f"There is: {', '.join(known)}")
    before = set(launching.outputs(catalog, name)) & set(known)
    try:
        record = catalog.update_provisioned_product(
            ProvisionedProductName=name,
            ProductId=product["ProductId"],
            ProvisioningArtifactId=newest,
            ProvisioningParameters=[
                {"Key": key, "Value": values[key]} if key in values else {"Key": key, "UsePreviousValue": True}
                for key in sorted({*values, *before})
            ],
            UpdateToken=uuid.uuid4().hex,
        )["RecordDetail"]
    except ClientError as error:
        detail = error.response["Error"]
        raise Problem(f"{name}: {detail['Message']} ({detail['Code']})", "Nothing is changed.", FAILED) from error
    record = launching.follow(catalog, record, progress)
    if record["Status"] in launching.BAD:
        raise Problem(
            f"{name} was not updated: {launching.reasons(record)}", "It is as it was before; mend the cause.", FAILED
        )
    return launching.outputs(catalog, name)


def end(person: Person, name: str, progress: Progress) -> list[str]:
    """Ends a project: pipelines, builds and rules go, with its registration; gives what is kept, for people.

    Raises:
        Problem: it isn't this person's, or AWS could not end it.
    """
    door, _ = own(person, name)
    launching.remove(person.client("servicecatalog", door), name, progress)
    return [
        f"the code: repository {name} in tooling",
        f"the models: model package group {name} in tooling, if the template has one, and their artifacts",
        "what promotions deployed: it goes on serving",
    ]

"""Studio: each person apart, no machine that idles or is too large, packages from one index (R19, R36 to R38)."""

import base64
import copy
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fmops_constructs import endpoints

from stacks import studio
from tests.assemblies import Template, Templates, as_list, example, resources

STACK = "retail-experimentation-Experimentation"
APPS = {"JupyterLab": "JupyterLabAppSettings", "CodeEditor": "CodeEditorAppSettings"}


@pytest.fixture
def template(templates: Templates) -> Template:
    """The stack with Studio; spoil it as you like."""
    return copy.deepcopy(templates[STACK])


def of_type(template: Template, type_: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id."""
    return {
        where.partition("/")[2]: resource.get("Properties", {})
        for where, resource in resources({STACK: template}, type_)
    }


def groups_of_people(template: Template) -> dict[str, list[str]]:
    """The logical ids of each person's security groups."""
    return {
        profile["UserProfileName"]: [group["Fn::GetAtt"][0] for group in profile["UserSettings"]["SecurityGroups"]]
        for profile in of_type(template, "AWS::SageMaker::UserProfile").values()
    }


def shared_groups(template: Template) -> Iterator[str]:
    """R19: groups of a person that another person has too, or that something leads into."""
    seen: set[str] = set()
    led_into = {
        str(rule["GroupId"])
        for rule in of_type(template, "AWS::EC2::SecurityGroupIngress").values()
        if "GroupId" in rule
    }
    for person, groups in groups_of_people(template).items():
        for group in groups:
            inside = template["Resources"][group]["Properties"].get("SecurityGroupIngress")
            if group in seen or inside or any(group in rule for rule in led_into):
                yield person
            seen.add(group)


def idling(template: Template) -> Iterator[str]:
    """R36: apps that nobody stops."""
    (domain,) = of_type(template, "AWS::SageMaker::Domain").values()
    for app, settings in APPS.items():
        idle = domain["DefaultUserSettings"][settings]["AppLifecycleManagement"]["IdleSettings"]
        if idle["LifecycleManagement"] != "ENABLED" or not 60 <= idle["MaxIdleTimeoutInMinutes"] <= 240:
            yield app


def machines(template: Template) -> Iterator[list[str] | None]:
    """R36: for each statement that starts an app, the instance types that it may take; None without a limit."""
    for policy in of_type(template, "AWS::IAM::ManagedPolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            if "sagemaker:CreateApp" in as_list(statement["Action"]):
                limit = statement.get("Condition", {}).get("ForAnyValue:StringEquals", {})
                yield limit.get("sagemaker:InstanceTypes")


def test_each_data_scientist_has_a_profile(template: Template) -> None:
    people = example().business_units["retail"].people.data_scientist
    assert set(groups_of_people(template)) == set(people) != set()


def test_nothing_leads_from_one_persons_apps_to_anothers(template: Template) -> None:
    assert all(len(groups) == 1 for groups in groups_of_people(template).values())
    assert list(shared_groups(template)) == []


def test_a_shared_group_would_be_seen(template: Template) -> None:
    first, second = of_type(template, "AWS::SageMaker::UserProfile")
    profiles = template["Resources"]
    profiles[second]["Properties"]["UserSettings"] = profiles[first]["Properties"]["UserSettings"]
    assert len(list(shared_groups(template))) == 1


def test_a_group_that_something_leads_into_would_be_seen(template: Template) -> None:
    person, (group,) = next(iter(groups_of_people(template).items()))
    rule = {"GroupId": {"Fn::GetAtt": [group, "GroupId"]}, "CidrIp": "10.0.0.0/8", "IpProtocol": "-1"}
    template["Resources"]["Spoilt"] = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": rule}
    assert list(shared_groups(template)) == [person]


def test_apps_stop_when_nobody_works(template: Template) -> None:
    assert list(idling(template)) == []


def test_an_app_that_idles_would_be_seen(template: Template) -> None:
    (domain,) = of_type(template, "AWS::SageMaker::Domain").values()
    lab = domain["DefaultUserSettings"]["JupyterLabAppSettings"]["AppLifecycleManagement"]
    lab["IdleSettings"]["LifecycleManagement"] = "DISABLED"
    assert list(idling(template)) == ["JupyterLab"]


def test_an_app_takes_a_machine_of_the_list_only(template: Template) -> None:
    assert list(machines(template)) == [list(studio.INSTANCE_TYPES)]
    assert not [name for name in studio.INSTANCE_TYPES if "xlarge" in name and name.split(".")[2] != "xlarge"]


def test_an_app_on_any_machine_would_be_seen(template: Template) -> None:
    for policy in of_type(template, "AWS::IAM::ManagedPolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            statement.pop("Condition", None)
    assert list(machines(template)) == [None]


def test_experiments_are_tracked_over_a_private_endpoint(templates: Templates, template: Template) -> None:
    (app,) = of_type(template, "AWS::SageMaker::MlflowApp").values()
    assert app["ModelRegistrationMode"] == "AutoModelRegistrationDisabled"  # models are registered by pipelines
    services = {
        resource["Properties"]["ServiceName"]
        for _, resource in resources({"x": templates["retail-experimentation-Network"]}, "AWS::EC2::VPCEndpoint")
    }
    assert "aws.sagemaker.eu-west-1.experiments" in services
    assert "aws.sagemaker.eu-west-1.experiments" not in {
        endpoint.name("eu-west-1") for endpoint in endpoints.needed(["core", "model-build"])
    }


def scripts(template: Template) -> dict[str, str]:
    """The start script of each kind of app, by the app's settings that run it by default."""
    (domain,) = of_type(template, "AWS::SageMaker::Domain").values()
    configs = of_type(template, "AWS::SageMaker::StudioLifecycleConfig")
    found = {}
    for app, settings in APPS.items():
        chosen = domain["DefaultUserSettings"][settings]
        default = chosen["DefaultResourceSpec"]["LifecycleConfigArn"]
        assert chosen["LifecycleConfigArns"] == [default]
        config = configs[default["Fn::GetAtt"][0]]
        assert config["StudioLifecycleConfigAppType"] == app
        found[app] = base64.b64decode(config["StudioLifecycleConfigContent"]).decode()
    return found


def calls(script: str, folder: Path, *, fails: str = "") -> tuple[int, list[str]]:
    """Runs a start script where aws, pip and conda only write down how they were called."""
    log = folder / "calls"
    log.touch()
    for name in ("aws", "pip", "conda"):
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{log}"\nexit {int(name == fails)}\n')
        program.chmod(0o755)
    done = subprocess.run(["bash", "-c", script], env={"PATH": f"{folder}:{os.defpath}"}, capture_output=True)
    return done.returncode, log.read_text().splitlines()


@pytest.mark.parametrize("app", APPS)
def test_an_app_starts_with_the_organisations_index(template: Template, tmp_path: Path, app: str) -> None:
    code, called = calls(scripts(template)[app], tmp_path)
    assert code == 0
    assert called[0] == (
        "aws codeartifact login --tool pip --region eu-west-1 --domain fmops "
        "--domain-owner 000000000011 --repository packages"
    )
    assert "conda config --set offline true" in called


def test_an_app_without_the_index_does_not_start(template: Template, tmp_path: Path) -> None:
    code, called = calls(scripts(template)["JupyterLab"], tmp_path, fails="aws")
    assert code != 0
    assert len(called) == 1

"""Studio's settings: which machines, how long they may idle, and where packages come from."""

import base64
import hashlib
from collections.abc import Sequence
from string import Template

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from fmops_constructs import names

from constructs import Construct

INSTANCE_TYPES = (
    "system",
    "ml.t3.medium",
    "ml.t3.large",
    "ml.m5.large",
    "ml.m5.xlarge",
    "ml.c5.xlarge",
    "ml.g4dn.xlarge",
)
"""What a data scientist may start; whatever needs more is a job of a pipeline."""

IDLE_MINUTES = 60
"""After so long without work an app is stopped, unless its owner chose another time."""
MOST_IDLE_MINUTES = 240

APPS = ("JupyterLab", "CodeEditor")

PACKAGES = Template(
    """\
#!/bin/bash
# Packages come from the organisation's index only: there is no way to another one.
set -euo pipefail
aws codeartifact login --tool pip --region $region --domain $domain --domain-owner $owner --repository $repository
pip config set global.disable-pip-version-check true
conda config --set offline true || true
"""
)
"""What an app runs when it starts; a token lasts twelve hours, longer than an app idles."""


def packages_script(tooling: str, region: str) -> str:
    """The script that points pip at the organisation's index.

    Args:
        tooling: the account that holds the index.
    """
    return PACKAGES.substitute(
        region=region,
        domain=names.CODEARTIFACT_DOMAIN,
        owner=tooling,
        repository=names.CODEARTIFACT_REPOSITORY,
    )


def packages_only_from(scope: Construct, tooling: str) -> list[sagemaker.CfnStudioLifecycleConfig]:
    """One start script per kind of app. A config cannot be changed, only replaced: its name holds a hash."""
    script = packages_script(tooling, cdk.Stack.of(scope).region)
    version = hashlib.sha256(script.encode()).hexdigest()[:8]
    return [
        sagemaker.CfnStudioLifecycleConfig(
            scope,
            f"{app}Packages",
            studio_lifecycle_config_name=f"{names.PREFIX}-{app.lower()}-packages-{version}",
            studio_lifecycle_config_app_type=app,
            studio_lifecycle_config_content=base64.b64encode(script.encode()).decode(),
        )
        for app in APPS
    ]


def user_settings(
    *, role_arn: str, security_groups: Sequence[str], scripts: Sequence[sagemaker.CfnStudioLifecycleConfig]
) -> sagemaker.CfnDomain.UserSettingsProperty:
    """What every profile of a domain has.

    Args:
        scripts: start scripts, one per kind of app in the order of `APPS`, or none.
    """
    domain = sagemaker.CfnDomain
    idle = domain.AppLifecycleManagementProperty(
        idle_settings=domain.IdleSettingsProperty(
            lifecycle_management="ENABLED",
            idle_timeout_in_minutes=IDLE_MINUTES,
            min_idle_timeout_in_minutes=IDLE_MINUTES,
            max_idle_timeout_in_minutes=MOST_IDLE_MINUTES,
        )
    )
    arns = {app: script.attr_studio_lifecycle_config_arn for app, script in zip(APPS, scripts, strict=False)}

    def start(app: str) -> tuple[list[str] | None, sagemaker.CfnDomain.ResourceSpecProperty | None]:
        arn = arns.get(app)
        return ([arn], domain.ResourceSpecProperty(lifecycle_config_arn=arn)) if arn else (None, None)

    lab, lab_spec = start("JupyterLab")
    editor, editor_spec = start("CodeEditor")
    return domain.UserSettingsProperty(
        execution_role=role_arn,
        security_groups=list(security_groups),
        studio_web_portal="ENABLED",
        default_landing_uri="studio::",
        jupyter_lab_app_settings=domain.JupyterLabAppSettingsProperty(
            app_lifecycle_management=idle, lifecycle_config_arns=lab, default_resource_spec=lab_spec
        ),
        code_editor_app_settings=domain.CodeEditorAppSettingsProperty(
            app_lifecycle_management=idle, lifecycle_config_arns=editor, default_resource_spec=editor_spec
        ),
    )

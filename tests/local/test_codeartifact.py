"""CodeArtifact: tokens and endpoints of domains and repositories that exist."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local.workshop import ACCOUNT, REGION, Workshop


@pytest.mark.e2e
def test_a_package_manager_gets_token_and_endpoint(embedded: Any) -> None:
    workshop = Workshop(embedded)
    client, control = workshop.client("codeartifact"), workshop.client("cloudcontrol")
    domain = {"DomainName": "packages-test"}
    for kind, wanted in (("Domain", domain), ("Repository", {**domain, "RepositoryName": "python"})):
        control.create_resource(TypeName=f"AWS::CodeArtifact::{kind}", DesiredState=json.dumps(wanted))
    expiration = client.get_authorization_token(domain="packages-test", durationSeconds=900)["expiration"]
    assert timedelta(minutes=14) < expiration - datetime.now(UTC) <= timedelta(minutes=15)
    endpoint = client.get_repository_endpoint(domain="packages-test", repository="python", format="pypi")
    host = f"packages-test-{ACCOUNT}.d.codeartifact.{REGION}.amazonaws.com"
    assert endpoint["repositoryEndpoint"] == f"https://{host}/pypi/python/"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_authorization_token(domain="no-such")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_repository_endpoint(domain="packages-test", repository="no-such", format="pypi")
    with pytest.raises(client.exceptions.ValidationException):
        client.get_authorization_token(domain="packages-test", durationSeconds=10)

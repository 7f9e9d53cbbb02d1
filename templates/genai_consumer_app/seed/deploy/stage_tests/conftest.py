"""The application of STAGE, called as its users call it."""

import os

import boto3
import pytest
from deploy.caller import Caller, signer, token
from deploy.settings import Build, Project


@pytest.fixture(scope="session")
def project() -> Project:
    return Project.load()


@pytest.fixture(scope="session")
def build() -> Build:
    return Build.of(os.environ)


@pytest.fixture(scope="session")
def session(project, build) -> boto3.Session:
    return signer(project, build.account, build.region, boto3.Session())


@pytest.fixture(scope="session")
def host(project, build, session) -> str:
    """What the private endpoint's DNS resolves in the network that this runs in."""
    name = project.names.interface_parameter(build.stage)
    interface = session.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    return f"{interface}.execute-api.{build.region}.amazonaws.com"


@pytest.fixture(scope="session")
def as_user(project, build, session, host):
    """A user by name; `claims` replace what the token says otherwise."""
    kms = session.client("kms")
    return lambda name, **claims: Caller(host, build.stage, token(kms, project, build.stage, name, **claims))


@pytest.fixture(scope="session")
def ana(as_user) -> Caller:
    return as_user("ana")


@pytest.fixture(scope="session")
def nobody(build, host) -> Caller:
    return Caller(host, build.stage, None)

"""Which AWS a command talks to: the embedded one of this folder, or the real one of your profile."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from fmops.problem import FAILED, Problem

STATE = Path(".local-aws")
ADMIN_ROLE = "OrganizationAccountAccessRole"
ISOLATED = {  # nothing outside is asked for credentials, notices or versions
    "AWS_EC2_METADATA_DISABLED": "true",
    "CDK_DISABLE_NOTICES": "1",
    "CDK_DISABLE_VERSION_CHECK": "1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True)
class Target:
    """An AWS: its name for people, its region, and its endpoint (None: AWS's own)."""

    name: str
    region: str
    endpoint: str | None = None

    def base(self) -> boto3.Session:
        """The session a person starts with: the profile's, or the embedded AWS's base user."""
        if self.endpoint is None:
            return boto3.Session(region_name=self.region)
        return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=self.region)  # noqa: S106

    def client(self, session: boto3.Session, service: str) -> "boto3.client":
        """A client of a session for this AWS."""
        config = Config(retries={"max_attempts": 2}, connect_timeout=10, read_timeout=120)
        return session.client(service, endpoint_url=self.endpoint, config=config)

    def assume(self, session: boto3.Session, role_arn: str, *, name: str, source_identity: str = "") -> boto3.Session:
        """The session of a role, as `name`.

        Raises:
            Problem: AWS refuses, with its own words.
        """
        extra = {"SourceIdentity": source_identity} if source_identity else {}
        try:
            answer = self.client(session, "sts").assume_role(RoleArn=role_arn, RoleSessionName=name, **extra)
        except (ClientError, BotoCoreError) as error:
            raise Problem(
                f"Can't act as {role_arn}: {error}", f"Who may: see {self.name}'s trust policy of that role.", FAILED
            ) from error
        keys = answer["Credentials"]
        return boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=self.region,
        )

    def administrator(self, account: str) -> boto3.Session:
        """The platform's session in an account of the organisation."""
        return self.assume(self.base(), f"arn:aws:iam::{account}:role/{ADMIN_ROLE}", name="platform")

    def person(self, role_arn: str, person: str) -> boto3.Session:
        """A person's session in a persona's role; the name is the source identity, which no session can shed."""
        start = self.base() if self.endpoint is None else self.administrator(role_arn.split(":")[4])
        return self.assume(start, role_arn, name=person, source_identity=person)

    def environment(self, session: boto3.Session) -> dict[str, str]:
        """The environment of a child process that acts as the session."""
        keys = session.get_credentials()
        if keys is None:
            raise Problem(
                "No AWS credentials were found.", "Sign in (aws sso login), or start the embedded AWS: fmops local up"
            )
        found: Mapping[str, str] = {
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            **({"AWS_SESSION_TOKEN": keys.token} if keys.token else {}),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        return {**kept, **found, **({**ISOLATED, "AWS_ENDPOINT_URL": self.endpoint} if self.endpoint else {})}


def choose(kind: str | None, region: str) -> Target:
    """The target that `--target` names; by default the embedded AWS if one runs from this folder."""
    from fmops.local import control

    running = control.status(STATE)
    kind = kind or os.environ.get("FMOPS_TARGET") or ("embedded" if running else "aws")
    if kind == "aws":
        return Target("AWS", region)
    if running is None:
        raise Problem(
            "The embedded AWS isn't running.", "Start it: fmops local up (or name the real one: --target aws)"
        )
    return Target("the embedded AWS", region, running.url)


option = click.option(
    "--target",
    type=click.Choice(["embedded", "aws"]),
    help="Which AWS. By default the embedded one if it runs from this folder. [env: FMOPS_TARGET]",
)

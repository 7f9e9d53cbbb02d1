"""Secrets: each form is found in templates and assets, words that look like one are not, and none is printed."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from fmops.verify.findings import Finding
from fmops.verify.posture import secret_scan
from fmops.verify.posture.secret_forms import FORMS
from fmops.verify.templates import Template
from fmops.verify.values import World

LONG = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4gH6jK8m"
# Cut in two, so that no scanner takes this file for a leak.
SECRETS = {
    "access key of AWS": "AKIA" + "IOSFODNN7QWERTYU",
    "long-term key of Bedrock": "ABSK" + "Qm" * 60,
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMII",
    "token of GitHub": "ghp_" + LONG,
    "token of GitLab": "glpat-" + LONG[:20],
    "token of Slack": "xoxb-" + LONG,
    "web hook of Slack": "https://hooks.slack.com/services/" + "T0AB/B0CD/" + LONG[:24],
    "key of Stripe": "sk_live_" + LONG[:24],
    "key of Google": "AIza" + LONG[:35],
    "token of Hugging Face": "hf_" + LONG[:34],
    "key of OpenAI": "sk-proj-" + LONG,
    "token of PyPI": "pypi-AgE" + LONG * 2,
    "token of npm": "npm_" + LONG[:36],
    "signed token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + LONG,
    "password in an address": "postgres://admin:" + "hunter22@db.internal/x",
    "secret key of AWS": "AWS_SECRET_ACCESS_KEY=" + LONG,
}
HARMLESS = (
    "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "https://user:${Password}@host",
    "https://aws:secret@host.example",
    "https://host:8080/path@2",
    "sk-learn",
    "hf_hub_download",
    "sha256:" + "9f" * 32,
    "-----BEGIN CERTIFICATE-----",
    "{{resolve:secretsmanager:db:SecretString:password}}",
)


def scanned(properties: Any = None, **body: Any) -> list[Finding]:
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties or {}}
    return list(secret_scan.verify(World([Template("s.json", "s", {"Resources": {"It": resource}, **body})])))


@pytest.mark.parametrize("name", SECRETS)
def test_a_form_is_found_and_never_printed(name: str) -> None:
    (finding,) = scanned({"Deep": [{"Down": f"see {SECRETS[name]}"}]})
    assert name in finding.message
    assert finding.path == ("Properties.Deep.0.Down", name)
    assert SECRETS[name] not in repr(finding)
    assert finding.requirement == "R105"


def test_every_form_has_a_secret() -> None:
    assert {form.name for form in FORMS} == SECRETS.keys()


@pytest.mark.parametrize("text", HARMLESS)
def test_what_looks_like_one_is_not(text: str) -> None:
    assert scanned({"Deep": text}) == []


@pytest.mark.parametrize(
    ("properties", "path"),
    [
        ({"MasterUserPassword": "hunter2"}, "Properties.MasterUserPassword"),
        ({"SecretString": "hunter2"}, "Properties.SecretString"),
        ({"Environment": {"Variables": {"DB_PASSWORD": "hunter2"}}}, "Properties.Environment.Variables.DB_PASSWORD"),
        ({"Environment": [{"Name": "API_KEY", "Value": "hunter2"}]}, "Properties.Environment.0.API_KEY"),
    ],
)
def test_a_setting_that_holds_secrets_holds_none(properties: dict[str, Any], path: str) -> None:
    assert [finding.path[0] for finding in scanned(properties)] == [path]


@pytest.mark.parametrize(
    "properties",
    [
        {"MasterUserPassword": "{{resolve:secretsmanager:db:SecretString:password}}"},
        {"MasterUserPassword": {"Ref": "Password"}},
        {"ManageMasterUserPassword": True},
        {"Environment": {"Variables": {"SECRET": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:a"}}},
        {"Environment": {"Variables": {"TOKEN": "/fmops/token", "MAX_TOKENS": "512", "TOKENIZER": "bert"}}},
        {"Tags": [{"Key": "data-class", "Value": "secret"}]},
    ],
)
def test_a_reference_to_a_secret_is_none(properties: dict[str, Any]) -> None:
    assert scanned(properties) == []


def test_a_parameter_for_a_secret_is_hidden_and_has_no_default() -> None:
    def parameter(**settings: Any) -> list[str]:
        return [f.path[0] for f in scanned(Parameters={"DbPassword": {"Type": "String", **settings}})]

    assert parameter() == ["Parameters.DbPassword"]
    assert parameter(NoEcho=True) == []
    assert parameter(NoEcho=True, Default="hunter2") == ["Parameters.DbPassword.Default"]
    assert parameter(Default="{{resolve:ssm-secure:db:1}}") == []


def test_outputs_and_mappings_are_read_too() -> None:
    token = SECRETS["token of GitHub"]
    found = scanned(Outputs={"Out": {"Value": token}}, Mappings={"A": {"b": {"c": token}}})
    assert [finding.path[0] for finding in found] == ["Outputs.Out.Value", "Mappings.A.b.c"]


def test_assets_are_read_folders_files_and_archives(tmp_path: Path) -> None:
    folder = tmp_path / "asset.1" / "src"
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(f"x = 1\nTOKEN = '{SECRETS['token of GitHub']}'\n")
    (folder / "clean.py").write_text("TOKEN = os.environ['TOKEN']\n")
    (folder / "image.png").write_bytes(b"\x89PNG\0" + SECRETS["token of GitHub"].encode())
    with zipfile.ZipFile(tmp_path / "asset.2.zip", "w") as archive:
        archive.writestr("inner/keys.txt", SECRETS["access key of AWS"])
    (tmp_path / "asset.3.txt").write_text(SECRETS["private key"])
    found = list(secret_scan.verify(World([]), [tmp_path]))
    assert [finding.path for finding in found] == [
        ("asset.1/src/main.py:2", "token of GitHub"),
        ("asset.2.zip/inner/keys.txt:1", "access key of AWS"),
        ("asset.3.txt:1", "private key"),
    ]

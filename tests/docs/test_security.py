"""The security page's figures are those of the code. Each check has a twin."""

import re
from collections import Counter
from collections.abc import Sequence

from fmops_constructs import endpoints

from foundation.phases import ACCOUNT_TYPES
from stacks import review
from stacks.features import FEATURES
from tests.assemblies import ROOT, Templates, example, resources
from tests.docs.pages import CODE, rows

PAGE = ROOT / "docs" / "security.md"


def acknowledged(text: str) -> dict[str, int]:
    """Entries by rule, as the page says."""
    return {rule: int(count) for rule, count, _ in rows(text, "rule")}


def account_types(text: str) -> dict[str, tuple[tuple[str, ...], int]]:
    """Features and number of endpoints by account type, as the page says."""
    return {
        name.strip().replace(" ", "-"): (tuple(features.split(", ")), int(count))
        for names, features, count in rows(text, "account type")
        for name in names.split(",")
    }


def named(names: str, accounts: str) -> set[tuple[str, str]]:
    """(name, account type) of what two cells name; `every` stands for all account types."""
    listed = [one.strip().replace(" ", "-") for one in accounts.split(",")]
    kinds: Sequence[str] = ACCOUNT_TYPES if accounts == "every" else listed
    suffix = " (unit)" if names.endswith("(unit)") else ""
    return {(f"{name}{suffix}", kind) for name in CODE.findall(names) for kind in kinds}


def roles(text: str) -> set[tuple[str, str]]:
    """(role, account type), as the page says."""
    return {one for kinds, names, *_ in rows(text, "account") for one in named(names, kinds)}


def buckets(text: str) -> set[tuple[str, str]]:
    """(purpose, account type), as the page says."""
    return {one for names, kinds, _ in rows(text, "bucket") for one in named(names, kinds)}


def made(templates: Templates, type_: str, name: str) -> set[tuple[str, str]]:
    """(name without what is ours or the unit's, account type) of each resource of a type."""
    foundation = example()
    kinds = {environment.name: environment.account_type for environment in foundation.environments()}
    found: set[tuple[str, str]] = set()
    for where, resource in resources(templates, type_):
        kind = kinds[where.partition("/")[0].rpartition("-")[0]]
        short = re.sub(r"-\d{12}-.*", "", str(resource["Properties"][name]).removeprefix("fmops-"))
        unit, _, rest = short.partition("-")
        found.add((f"{rest} (unit)" if unit in foundation.business_units else short, kind))
    return found


def test_the_page_counts_the_entries_of_the_file() -> None:
    known = Counter(entry.rule for entry in review.acknowledgements())
    assert acknowledged(PAGE.read_text(encoding="utf-8")) == dict(known)


def test_the_page_has_every_account_type_with_its_endpoints() -> None:
    known = {kind: (features, len(endpoints.needed(features))) for kind, features in FEATURES.items()}
    assert account_types(PAGE.read_text(encoding="utf-8")) == known


def test_the_page_names_every_role_and_every_bucket(templates: Templates) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert roles(text) == made(templates, "AWS::IAM::Role", "RoleName")
    assert buckets(text) == made(templates, "AWS::S3::Bucket", "BucketName")


def test_a_role_or_a_bucket_that_is_not_named_would_be_seen(templates: Templates) -> None:
    text = PAGE.read_text(encoding="utf-8")
    known = made(templates, "AWS::IAM::Role", "RoleName")
    assert known - roles(text.replace("`hosting` (unit)", "`host` (unit)")) == {
        ("hosting (unit)", "preprod"),
        ("hosting (unit)", "prod"),
    }
    assert known - roles(text.replace("| dev | `training` (unit)", "| dev | `training`")) == {
        ("training (unit)", "dev")
    }
    assert ("ml", "dev") not in buckets(text.replace("| `ml` | dev |", "| `ml` | prod |"))


def test_another_figure_would_be_seen() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert acknowledged(
        text.replace("| NIST.800.53.R5-VPCDefaultSecurityGroupClosed | 1 |", "| Other | 1 |")
    ) != acknowledged(text)
    assert account_types(text.replace("core, hosting | 11", "core, hosting | 12")) != account_types(text)

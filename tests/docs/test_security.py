"""The security page's figures are those of the code. Each check has a twin."""

from collections import Counter

from fmops_constructs import endpoints

from stacks import review
from stacks.features import FEATURES
from tests.assemblies import ROOT
from tests.docs.pages import rows

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


def test_the_page_counts_the_entries_of_the_file() -> None:
    known = Counter(entry.rule for entry in review.acknowledgements())
    assert acknowledged(PAGE.read_text(encoding="utf-8")) == dict(known)


def test_the_page_has_every_account_type_with_its_endpoints() -> None:
    known = {kind: (features, len(endpoints.needed(features))) for kind, features in FEATURES.items()}
    assert account_types(PAGE.read_text(encoding="utf-8")) == known


def test_another_figure_would_be_seen() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert acknowledged(
        text.replace("| NIST.800.53.R5-VPCDefaultSecurityGroupClosed | 1 |", "| Other | 1 |")
    ) != acknowledged(text)
    assert account_types(text.replace("core, hosting | 10", "core, hosting | 11")) != account_types(text)

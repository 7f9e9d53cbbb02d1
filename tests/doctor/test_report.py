"""What many places share is told once; worst first; every finding for machines."""

from collections.abc import Iterator

from fmops.doctor import report
from fmops.doctor.asking import Unasked
from fmops.doctor.check import Check, Examined, examine
from fmops.doctor.checks import CHECKS
from fmops.doctor.findings import Said, problem, warning
from fmops.doctor.scene import Scene, Spot
from tests.doctor.telling import Telling, scene


def examined(embedded_counts: bool = True, embedded: bool = False) -> Examined:
    def look(_: Scene, spot: Spot) -> Iterator[Said]:
        if spot.place == "silent":
            raise Unasked("no right to ask", "Allow it.")
        yield warning("it is late", "Hurry.")
        if spot.place == "e":
            yield problem("it is broken", "Mend it.")

    spots = [Spot(place, None, "eu-west-1") for place in ("a", "b", "c", "d", "e", "silent")]
    check = Check("health", "whether it is well", "https://example.com", lambda _: spots, look, embedded_counts)
    return examine(check, scene(Telling(embedded=embedded)))


def test_for_people() -> None:
    assert report.text([examined()]) == (
        "PROBLEM  health: it is broken\n    where: e\n    do: Mend it.\n    see: https://example.com\n\n"
        "WARNING  health: it is late\n    where: a; b; c; and 2 more\n    do: Hurry.\n    see: https://example.com\n\n"
        "NOT CHECKED  health: no right to ask\n    where: silent\n    do: Allow it.\n    see: https://example.com\n\n"
        "1 checks at 6 places: 1 problems, 5 warnings, 1 not checked"
    )


def test_for_machines() -> None:
    found = report.data([examined()])
    assert (found["problems"], found["warnings"], found["not_checked"]) == (1, 5, 1)
    assert [one["place"] for one in found["findings"]] == ["a", "b", "c", "d", "e", "e", "silent"]
    assert found["checks"][0]["places"] == 6


def test_what_the_embedded_aws_cannot_know_is_not_looked_at() -> None:
    assert {one.verdict for one in examined(embedded_counts=False, embedded=True).findings} == {"NOT CHECKED"}
    assert {one.verdict for one in examined(embedded_counts=False).findings} == {"PROBLEM", "WARNING", "NOT CHECKED"}


def test_every_check_has_a_name_of_its_own_and_a_page_of_awss() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(check.source.startswith("https://docs.aws.amazon.com/") for check in CHECKS)

"""A snapshot puts a state back as it was, and only where the same would be made again."""

import signal
from pathlib import Path

import pytest

from fmops import made_of
from fmops.local import snapshots
from fmops.local.control import ControlError
from fmops.problem import Problem
from tests.local.conftest import REGION, start
from tests.local.workshop import until

ACCOUNT = "000000000012"
TEMPLATE = '{"Resources": {"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}'


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder as a stopped server leaves it."""
    for name, text in (("saved/ssm.json", "first"), ("s3/bucket/key", "object"), ("server.log", "not kept")):
        path = tmp_path / "state" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "state"


def test_what_is_kept_comes_back(state: Path, tmp_path: Path) -> None:
    lock, folder = tmp_path / "build/lock.yaml", tmp_path / "snapshots"
    lock.parent.mkdir()
    lock.write_text("minted")
    made = snapshots.save(state, folder, "deployed", "digest", [Path("build/lock.yaml"), Path("build/none.yaml")])
    (state / "saved/ssm.json").write_text("second")
    lock.unlink()
    assert snapshots.load(state, folder, "deployed", "digest") is None  # nothing ran
    assert (state / "saved/ssm.json").read_text() == "first"
    assert (state / "s3/bucket/key").read_text() == "object"
    assert not (state / "server.log").exists()
    assert lock.read_text() == "minted"
    assert snapshots.listed(folder) == [made]
    snapshots.drop(folder, "deployed")
    assert snapshots.listed(folder) == []


def test_a_stale_one_changes_nothing(state: Path, tmp_path: Path) -> None:
    snapshots.save(state, tmp_path / "snapshots", "deployed", "digest")
    (state / "saved/ssm.json").write_text("second")
    with pytest.raises(ControlError, match="other code or another foundation"):
        snapshots.load(state, tmp_path / "snapshots", "deployed", "another")
    with pytest.raises(ControlError, match="There is no snapshot other; there are: deployed"):
        snapshots.load(state, tmp_path / "snapshots", "other", "digest")
    assert (state / "saved/ssm.json").read_text() == "second"


@pytest.mark.parametrize("name", ["", "../x", ".hidden", "a/b"])
def test_a_name_is_a_name(state: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ControlError, match="no name of a snapshot"):
        snapshots.save(state, tmp_path / "snapshots", name, "digest")


def test_nothing_to_keep(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="no saved state"):
        snapshots.save(tmp_path / "state", tmp_path / "snapshots", "empty", "digest")


def test_the_digest_is_of_all_that_decides(tmp_path: Path) -> None:
    for name in ("app.py", "stacks/a.py", "templates/t/product.py", "foundation.yaml", "notes.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")

    def digest() -> str:
        return made_of.digest(tmp_path, [tmp_path / "foundation.yaml"])

    first = digest()
    assert digest() == first
    (tmp_path / "notes.md").write_text("2")
    assert digest() == first
    for name in ("app.py", "stacks/a.py", "templates/t/product.py", "foundation.yaml"):
        (tmp_path / name).write_text("2")
        assert digest() != first, name
        (tmp_path / name).write_text("1")
    (tmp_path / "app.py").unlink()
    with pytest.raises(Problem, match=r"has no app\.py"):
        digest()


@pytest.mark.e2e
def test_a_killed_server_has_what_a_stack_made_and_so_has_its_snapshot(tmp_path: Path) -> None:
    """kill -9 right after a deploy; the stack stands after the restart, and again when the snapshot is loaded."""
    first = start(tmp_path / "state")
    client = first.client("cloudformation", ACCOUNT)
    client.create_stack(StackName="kept", TemplateBody=TEMPLATE)
    client.get_waiter("stack_create_complete").wait(StackName="kept", WaiterConfig={"Delay": 1})
    saved = tmp_path / "state/saved/cloudformation.json"
    until(lambda: saved.exists() and "CREATE_COMPLETE" in saved.read_text(), 10)  # a stack's end is saved at once
    first.stop(signal.SIGKILL)
    second = start(tmp_path / "state")
    try:
        described = second.client("cloudformation", ACCOUNT, REGION).describe_stacks(StackName="kept")
        assert described["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
        second.client("cloudformation", ACCOUNT).delete_stack(StackName="kept")
    finally:
        second.stop()
    # the state now has no stack; a snapshot of a state that has one brings it back
    third = start(tmp_path / "other")
    third.client("cloudformation", ACCOUNT).create_stack(StackName="other", TemplateBody=TEMPLATE)
    third.stop()
    snapshots.save(tmp_path / "other", tmp_path / "snapshots", "deployed", "digest")
    snapshots.load(tmp_path / "state", tmp_path / "snapshots", "deployed", "digest")
    fourth = start(tmp_path / "state")
    try:
        names = [s["StackName"] for s in fourth.client("cloudformation", ACCOUNT).describe_stacks()["Stacks"]]
        assert names == ["other"]
    finally:
        fourth.stop()

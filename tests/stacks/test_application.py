"""The app: its settings, and what is an answer of its reviewers and what an error."""

from pathlib import Path

import pytest

from stacks.application import Application


def test_a_setting_is_read_and_may_be_absent(tmp_path: Path) -> None:
    app = Application(outdir=tmp_path, context={"accounts": "tooling"})
    assert app.setting("accounts") == "tooling"
    assert app.setting("handoff") is None


@pytest.mark.parametrize("context", [{}, {"@aws-cdk/core:enablePartitionLiterals": "false"}])
def test_cdk_json_holds_whoever_starts_the_app_and_can_be_overridden(tmp_path: Path, context: dict[str, str]) -> None:
    app = Application(outdir=tmp_path, context=context)
    wanted = "false" if context else "True"
    assert app.setting("@aws-cdk/core:enablePartitionLiterals") == wanted


def test_findings_are_an_answer_and_errors_are_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Application(outdir=tmp_path)

    def fails(words: str) -> None:
        def synth(self: Application) -> None:
            raise RuntimeError(words)

        monkeypatch.setattr(Application, "synth", synth)

    fails("ValidationFailed: see above")
    assert not app.passes()
    fails("ENOSPC: no space left on device")
    with pytest.raises(RuntimeError, match="no space left"):
        app.passes()

"""The benchmark's code on a tiny organisation: that it measures and reports, not how fast this machine is."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks import bench_synth
from benchmarks.bench_synth import Run
from tests.assemblies import EXAMPLE

RAN = {
    "bare import": [Run(1.0, 0.5), Run(3.0, 0.6), Run(1.2, 0.5)],
    "floor: plain L1": [Run(2.2, 1.0)],
    "whole, packs on": [Run(5.2, 4.0)],
    "whole, checks off": [Run(3.2, 2.0)],
    "one account": [Run(1.6, 1.0)],
}
SIZES = {name: (0, 0) if name == "bare import" else (400, 20) for name in RAN}


def test_figures_are_medians_beyond_the_import() -> None:
    by_name = {one.name: one for one in bench_synth.figures(RAN, SIZES)}
    assert by_name["bare import"].seconds == 1.2
    assert by_name["bare import"].per_100 == 0.0
    assert by_name["whole, packs on"].per_100 == pytest.approx(1.0)
    assert by_name["one account"].of_whole == pytest.approx(1.6 / 5.2)


def test_a_missed_bar_is_said() -> None:
    found = bench_synth.figures(RAN, SIZES)
    assert bench_synth.verdicts(found) == {"whole, packs on": True, "whole, checks off": True, "one account": True}
    slow = bench_synth.figures({**RAN, "whole, checks off": [Run(3.3, 2.0)]}, SIZES)
    assert bench_synth.verdicts(slow)["whole, checks off"] is False
    assert "MISSED" in bench_synth.table(slow)
    assert "MISSED" not in bench_synth.table(found)


def test_it_runs_on_a_tiny_organisation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yaml = YAML(typ="safe")
    tiny = yaml.load(EXAMPLE.read_text(encoding="utf-8"))
    tiny["phase"] = "initial"
    tiny["business_units"] = {"retail": tiny["business_units"]["retail"]}
    file = tmp_path / "foundation.yaml"
    with file.open("w", encoding="utf-8") as stream:
        yaml.dump(tiny, stream)
    arguments = ["--runs", "1", "--foundation", str(file), "--account", "retail-experimentation", "--json"]
    code = bench_synth.main(arguments)
    written = json.loads(capsys.readouterr().out)
    by_name = {one["name"]: one for one in written["figures"]}
    assert by_name["whole, packs on"]["resources"] == by_name["floor: plain L1"]["resources"] > 0
    assert 0 < by_name["one account"]["stacks"] < by_name["whole, packs on"]["stacks"]
    assert by_name["whole, checks off"]["resources"] == by_name["whole, packs on"]["resources"]
    assert code == (0 if all(written["kept"].values()) else 1)

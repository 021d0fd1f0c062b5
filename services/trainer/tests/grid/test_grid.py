"""The grid: what runs, what is done, what the table says."""

import json
from pathlib import Path
from typing import Any

import pytest

from epee_trainer.cli import main
from epee_trainer.grid.run import run_grid
from epee_trainer.grid.table import HEADINGS, _table_row
from epee_trainer.training.config import TrainConfig
from tests.support.made_data import source, write_config


def test_the_grid_runs_what_is_not_done_and_continues_after_a_failure(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = tmp_path / "grid"
    for name, keys in (
        ("01-mood", {"family": "gpt2", "tasks": [source("mood", "classification")]}),
        ("02-broken", {"family": "gpt2", "tasks": [source("mood", "classification")], "teacher": "../nowhere"}),
        ("03-light", {"family": "vit", "tasks": [source("light", "image")], "imageSize": 8, "patch": 4}),
    ):
        write_config(tmp_path / "made", data, name=name, run=f"../runs/{name}", **keys).rename(_in(grid, f"{name}.json"))
    records = tmp_path / "records"
    command = ["grid", str(grid), "--records", str(records)]
    assert main([*command, "--dry-run"]) == 0
    assert main(command) == 1
    record = json.loads((records / "01-mood.json").read_text())
    assert (record["family"], record["seed"], record["epochs"]) == ("gpt2", 1, 1)
    assert record["machine"]["cores"] and record["hours"] >= 0
    assert record["tasks"]["mood"]["measure"] == "accuracy" and "epee" in record["tasks"]["mood"]["policies"]
    assert record["times"]["mood"]["epee"]["8"]["timeSpeedUp"] > 0
    assert (records / "03-light.json").exists()
    said = capsys.readouterr().out
    assert "02-broken: FAILED: teacher" in said and "failed: 02-broken; the others are done" in said
    assert main([*command, "--only", "01*"]) == 0
    assert "01-mood: done" in capsys.readouterr().out
    assert main([*command, "--table"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 5 and table[0].startswith("| data set | model |")
    assert (
        table[2].startswith("| mood | gpt2, ")
        and table[3].startswith("| mood | gpt2 | not run |")
        and table[4].startswith("| light | vit, ")
    )
    assert len({line.count("|") for line in table}) == 1
    assert main([*command, "--only", "zz"]) == 2


def test_the_grid_continues_after_an_error_that_nobody_foresaw(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raised = {"01": KeyError("states"), "02": ValueError("labels"), "03": KeyboardInterrupt()}
    for name in raised:
        write_config(tmp_path / "made", data, name=name, family="bert", tasks=[source("m", "classification")]).rename(
            _in(tmp_path / "grid", f"{name}.json")
        )

    def fails(config: TrainConfig, *_: Any) -> str:
        raise raised[config.name]

    monkeypatch.setattr("epee_trainer.grid.run.run_one", fails)
    said: list[str] = []
    assert run_grid(tmp_path / "grid", tmp_path / "records", only="0[12]", dry_run=False, say=said.append) == 1
    assert said[-1] == "failed: 01, 02; the others are done"
    assert "01: FAILED: KeyError: 'states'" in said and "02: FAILED: labels" in said
    with pytest.raises(KeyboardInterrupt):
        run_grid(tmp_path / "grid", tmp_path / "records", only="03", dry_run=False, say=said.append)


def test_a_grid_of_other_data_is_refused_before_the_first_run(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_config(tmp_path / "made", data, family="bert").rename(_in(tmp_path / "grid", "notes.json"))
    assert main(["grid", str(tmp_path / "grid"), "--table"]) == 2
    assert "notes.json: tasks is missing" in capsys.readouterr().err


def test_a_table_tells_what_a_record_lacks() -> None:
    scores = {"score": 81.0, "layerSpeedUp": 1.0, "meanExitLayer": 2.0, "entropyThreshold": "off", "patience": "off"}
    record = {"family": "bert", "layers": 2, "base": "b", "times": {}, "epochs": 1, "seed": 1, "hours": 0.1}
    line = _table_row("mood", {"examples": 9, "measure": "accuracy", "policies": {"full": scores}}, record)
    assert len(line) == len(HEADINGS) and line.count("not chosen") == 5 and line.count("not measured") == 2
    assert _table_row("mood", {"examples": 0, "unknownLabels": {}}, record)[:4] == ("mood", "bert", "0", "")


def _in(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name

"""The EPEE grid: every config of a folder trained, evaluated and timed, one after the other, unattended; a run that was cut off goes on at its last epoch. What a run
came to is kept in a folder of records, one file a config: what has a record is done."""

from __future__ import annotations

import fnmatch
import json
import os
import platform
from pathlib import Path
from typing import Any, Callable

import torch
import transformers

from epee_trainer.training.config import TrainConfig
from epee_trainer.evaluation.runs import evaluate_run, time_run
from epee_trainer.evaluation.sweep import bf16_works
from epee_trainer.training.train import Trainer

Say = Callable[[str], None]


def run_grid(folder: Path, records: Path, *, only: str, dry_run: bool, say: Say) -> int:
    """Runs what is not done; gives 0, or 1 if a run failed. All configs are read before the first run begins. Raises ValueError for a config that is wrong or without tasks,
    FileNotFoundError for a folder without configs."""
    configs = _configs(folder, only)
    left = [name for name in configs if not _record(records, name).exists()]
    for name in configs:
        say(f"{name}: {'to run' if name in left else 'done'}")
    if dry_run:
        return 0
    failed = []
    for number, name in enumerate(left, start=1):
        say(f"{name}: begins ({number} of {len(left)})")
        try:
            summary = run_one(configs[name], _record(records, name), lambda line, name=name: say(f"{name}: {line}"))
        except Exception as error:  # whatever stops one run stops no other
            failed.append(name)
            foreseen = isinstance(error, (ValueError, FileNotFoundError, RuntimeError))
            say(f"{name}: FAILED: {error if foreseen else f'{type(error).__name__}: {error}'}")
            continue
        say(f"{name}: {summary}")
    if failed:
        say(f"failed: {', '.join(failed)}; the others are done")
    return 1 if failed else 0


def _configs(folder: Path, only: str) -> dict[str, TrainConfig]:
    paths = sorted(path for path in folder.glob("*.json") if fnmatch.fnmatch(path.stem, only))
    if not paths:
        raise FileNotFoundError(f"{folder} has no config that matches {only!r}")
    configs = {path.stem: TrainConfig.read(path) for path in paths}
    for name, config in configs.items():
        if not config.tasks:
            raise ValueError(f"{folder / name}.json: tasks is missing: the grid compares models of data files")
    return configs


def _record(records: Path, name: str) -> Path:
    return records / f"{name}.json"


def run_one(config: TrainConfig, record_path: Path, say: Say) -> str:
    """Trains, evaluates and times one config, writes its record and gives a line of its scores."""
    run = Path(config.run)
    if not (run / "model.safetensors").exists():
        Trainer(config, say=say).train()
    say("evaluates")
    evaluate_run(run, Path(config.data))
    say("measures times")
    record = record_of(run, time_run(run, Path(config.data)))
    record_path.parent.mkdir(parents=True, exist_ok=True)
    partial = record_path.with_suffix(".partial")
    partial.write_text(json.dumps(record, indent=1) + "\n")
    partial.replace(record_path)
    return "; ".join(_line(name, task) for name, task in record["tasks"].items())


def record_of(run: Path, times: dict[str, Any]) -> dict[str, Any]:
    """What a finished run came to. Hours are those of training, added up over all its parts; `times` as `time_run` gives them."""
    training, report = (json.loads((run / f"{name}.json").read_text()) for name in ("training", "report"))
    encoder = json.loads((run / "config.json").read_text())
    config, history = training["config"], training["history"]
    return {
        "name": config["name"],
        "family": encoder["model_type"],
        "layers": encoder.get("num_hidden_layers") or encoder["n_layer"],
        "base": Path(config["base"]).name if config.get("base") else "random weights",
        "teacher": Path(config["teacher"]).name if config.get("teacher") else None,
        "seed": config["seed"],
        "epochs": len(history),
        "hours": round(sum(entry.get("seconds", 0) for entry in history) / 3600, 3),
        "machine": machine(),
        "policies": report["policies"],
        "tasks": report["tasks"],
        "times": times,
    }


HEADINGS = (
    "data set",
    "model",
    "dev",
    "score",
    "full depth",
    "EPEE",
    "threshold / patience",
    "mean exit layer",
    "layer speed-up: EPEE",
    "entropy only",
    "patience only",
    "careful",
    "fast",
    "time / token-layer speed-up at batch 8",
    "32",
    "epochs, seed, hours",
)
"""Columns of the table of records; a score in parentheses is that of the policy whose speed-up stands before it."""


def grid_table(folder: Path, records: Path, *, only: str = "*") -> str:
    """The records of a folder of configs as a Markdown table; a config without a record says that it was not run."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS)]
    for name, config in _configs(folder, only).items():
        path = _record(records, name)
        if not path.exists():
            lines.append(_empty_row(", ".join(task.name for task in config.tasks), config.backbone().family, "not run"))
            continue
        record = json.loads(path.read_text())
        lines += [_table_row(task, table, record) for task, table in record["tasks"].items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _empty_row(task: str, model: str, why: str) -> tuple[str, ...]:
    return (task, model, why, *("" for _ in HEADINGS[3:]))


def _table_row(task: str, table: dict[str, Any], record: dict[str, Any]) -> tuple[str, ...]:
    if "policies" not in table:
        return _empty_row(task, record["family"], "0")
    policies, times = table["policies"], record["times"].get(task, {}).get("epee", {})
    # Without a single held-out row nothing but full depth was chosen.
    full, epee = policies["full"], policies.get("epee", policies["full"])

    def speed_up(kind: str) -> str:
        return f"{policies[kind]['layerSpeedUp']:.2f}x ({policies[kind]['score']:.1f})" if kind in policies else "not chosen"

    def efficiency(rows: str) -> str:
        if rows not in times:
            return "not measured"
        saved, could = times[rows]["timeSpeedUp"], times[rows]["tokenSpeedUp"]
        return f"{saved:.2f}x / {could:.2f}x = {saved / could:.2f}"

    return (
        task,
        f"{record['family']}, {record['layers']} layers, {record['base']}",
        str(table["examples"]),
        table["measure"],
        f"{full['score']:.1f}",
        f"{epee['score']:.1f}",
        f"{epee['entropyThreshold']} / {epee['patience']}",
        f"{epee['meanExitLayer']:.2f}",
        *map(speed_up, ("epee", "entropyOnly", "patienceOnly", "careful", "fast")),
        efficiency("8"),
        efficiency("32"),
        f"{record['epochs']}, {record['seed']}, {record['hours']:.2f}",
    )


def machine() -> dict[str, Any]:
    """The machine that this runs on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "arithmetic": "bf16" if bf16_works() else "fp32",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return names[0] if names else platform.processor() or platform.machine()


def _line(name: str, task: dict[str, Any]) -> str:
    policies = task.get("policies", {})
    parts = [f"{kind} {policies[kind]['score']} at {policies[kind]['layerSpeedUp']}x" for kind in ("full", "epee") if kind in policies]
    return f"{name} {', '.join(parts)}" if parts else name

"""The EPEE grid: every config of a folder trained and evaluated, one after the other, unattended; a run that was cut off goes on at its last epoch."""

from __future__ import annotations

import fnmatch
import json
import os
import platform
from pathlib import Path
from typing import Any, Callable

import torch
import transformers

from .config import TrainConfig
from .runs import evaluate_run
from .sweep import bf16_works
from .train import Trainer

Say = Callable[[str], None]


def run_grid(folder: Path, *, only: str, dry_run: bool, say: Say) -> int:
    """Runs what is not done; gives 0, or 1 if a run failed. All configs are read before the first run begins. Raises ValueError for a config that is wrong and
    FileNotFoundError for a folder without configs."""
    paths = sorted(path for path in folder.glob("*.json") if fnmatch.fnmatch(path.stem, only))
    if not paths:
        raise FileNotFoundError(f"{folder} has no config that matches {only!r}")
    configs = {path.stem: TrainConfig.read(path) for path in paths}
    left = [name for name, config in configs.items() if not (Path(config.run) / "record.json").exists()]
    for name in configs:
        say(f"{name}: {'to run' if name in left else 'done'}")
    if dry_run:
        return 0
    failed = []
    for number, name in enumerate(left, start=1):
        say(f"{name}: begins ({number} of {len(left)})")
        try:
            summary = run_one(configs[name], lambda line, name=name: say(f"{name}: {line}"))
        except (ValueError, FileNotFoundError, RuntimeError) as error:
            failed.append(name)
            say(f"{name}: FAILED: {error}")
            continue
        say(f"{name}: {summary}")
    if failed:
        say(f"failed: {', '.join(failed)}; the others are done")
    return 1 if failed else 0


def run_one(config: TrainConfig, say: Say) -> str:
    """Trains and evaluates one config, writes RUN/record.json and gives a line of its scores."""
    run = Path(config.run)
    if not (run / "model.safetensors").exists():
        Trainer(config, say=say).train()
    say("evaluates")
    evaluate_run(run, Path(config.data))
    record = record_of(run)
    partial = run / "record.partial"
    partial.write_text(json.dumps(record, indent=1))
    partial.replace(run / "record.json")
    return "; ".join(_line(name, task) for name, task in record["tasks"].items())


def record_of(run: Path) -> dict[str, Any]:
    """What a finished run came to. Hours are those of training, added up over all its parts; `timeSpeedUp` is measured by `epee bench`, not here."""
    training, report = (json.loads((run / f"{name}.json").read_text()) for name in ("training", "report"))
    encoder = json.loads((run / "config.json").read_text())
    config, history = training["config"], training["history"]
    return {
        "name": config["name"],
        "family": encoder["model_type"],
        "base": config.get("base", "random weights"),
        "teacher": config.get("teacher"),
        "seed": config["seed"],
        "epochs": len(history),
        "hours": round(sum(entry.get("seconds", 0) for entry in history) / 3600, 3),
        "machine": machine(),
        "policies": report["policies"],
        "tasks": report.get("tasks") or {name: table for name, table in report.items() if name != "policies"},
        "timeSpeedUp": None,
        "config": config,
        "history": history,
    }


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

"""The EPEE grid: every config of a folder trained, evaluated and timed, one after the other. A run
that was interrupted resumes after its last finished epoch."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from epee_trainer.evaluation.runs import evaluate_run
from epee_trainer.evaluation.times import time_run
from epee_trainer.training.config import TrainConfig
from epee_trainer.training.train import Trainer

from .configs import read_configs, record_path
from .record import record_of

Say = Callable[[str], None]


def run_grid(folder: Path, records: Path, *, only: str, dry_run: bool, say: Say) -> int:
    """Runs what has no record; gives 0, or 1 if a run failed. All configs are read before the first
    run begins. Raises what `read_configs` raises."""
    configs = read_configs(folder, only)
    left = [name for name in configs if not record_path(records, name).exists()]
    for name in configs:
        say(f"{name}: {'to run' if name in left else 'done'}")
    if dry_run:
        return 0
    failed = []
    for number, name in enumerate(left, start=1):
        say(f"{name}: begins ({number} of {len(left)})")
        try:
            summary = run_one(configs[name], record_path(records, name), _named(name, say))
        except Exception as error:  # whatever stops one run stops no other
            failed.append(name)
            foreseen = isinstance(error, (ValueError, FileNotFoundError, RuntimeError))
            summary = f"FAILED: {error if foreseen else f'{type(error).__name__}: {error}'}"
        say(f"{name}: {summary}")
    if failed:
        say(f"failed: {', '.join(failed)}; the others are done")
    return 1 if failed else 0


def _named(name: str, say: Say) -> Say:
    return lambda line: say(f"{name}: {line}")


def run_one(config: TrainConfig, record: Path, say: Say) -> str:
    """Trains, evaluates and times one config, writes its record and gives a line of its scores."""
    run = Path(config.run)
    if not (run / "model.safetensors").exists():
        Trainer(config, say=say).train()
    say("evaluates")
    evaluate_run(run, Path(config.data))
    say("measures times")
    found = record_of(run, time_run(run, Path(config.data)))
    record.parent.mkdir(parents=True, exist_ok=True)
    partial = record.with_suffix(".partial")
    partial.write_text(json.dumps(found, indent=1) + "\n")
    partial.replace(record)
    return "; ".join(_line(name, task) for name, task in found["tasks"].items())


def _line(name: str, task: dict[str, Any]) -> str:
    policies = task.get("policies", {})
    parts = [f"{kind} {policies[kind]['score']} at {policies[kind]['layerSpeedUp']}x" for kind in ("full", "epee") if kind in policies]
    return f"{name} {', '.join(parts)}" if parts else name

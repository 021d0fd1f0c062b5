"""What a finished run of the grid came to, and the machine that it ran on."""

import json
import os
import platform
from pathlib import Path
from typing import Any

import torch
import transformers

from epee_trainer.evaluation.sweep import bf16_works


def record_of(run: Path, times: dict[str, Any]) -> dict[str, Any]:
    """What a finished run came to, with hours of training; `times` as `time_run` gives them."""
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
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

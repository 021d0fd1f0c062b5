"""The configs of a grid, and where their records are."""

import fnmatch
from pathlib import Path

from epee_trainer.training.config import TrainConfig


def read_configs(folder: Path, only: str = "*") -> dict[str, TrainConfig]:
    """The configs of a folder whose names match, in the order of their names. Raises
    FileNotFoundError where there are none, ValueError for one that is wrong or without tasks."""
    paths = sorted(path for path in folder.glob("*.json") if fnmatch.fnmatch(path.stem, only))
    if not paths:
        raise FileNotFoundError(f"{folder} has no config that matches {only!r}")
    configs = {path.stem: TrainConfig.read(path) for path in paths}
    for name, config in configs.items():
        if not config.tasks:
            raise ValueError(f"{folder / name}.json: tasks is missing: the grid compares models of data files")
    return configs


def record_path(records: Path, name: str) -> Path:
    """The record of a config; a config with one is done."""
    return records / f"{name}.json"

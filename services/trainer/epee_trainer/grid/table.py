"""The records of the grid as a Markdown table."""

import json
from pathlib import Path
from typing import Any

from .configs import read_configs, record_path

HEADINGS = tuple(
    "data set|model|dev|score|full depth|EPEE|threshold / patience|mean exit layer|layer speed-up: EPEE|entropy only|patience only|"
    "careful|fast|time / token-layer speed-up at batch 8|32|epochs, seed, hours".split("|")
)
"""Columns of the table; scores in parentheses are those of the speed-up before them."""


def grid_table(folder: Path, records: Path, *, only: str = "*") -> str:
    """The records of a folder of configs as a Markdown table, with those that were not run."""
    lines = [HEADINGS, tuple("---" for _ in HEADINGS)]
    for name, config in read_configs(folder, only).items():
        path = record_path(records, name)
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

"""PyTorch's side of `epee bench`: rows one by one, layer by layer, leaving as the policy says. The
authors of EPEE run their models so, each row padded to 512 tokens (github.com/Learner4everrr/EPEE:
NLP/job_73mimic.sh, evaluation with batch size 1 and `max_seq_length` 512; `padding="max_length"` in
its glue.py).

`python -m epee_trainer.bench PACKAGE ROWS.json` loads a model package's weights (dequantised),
writes one JSON line when ready, then answers each line `{"policies": true|false, "padTo":
TOKENS|null}` on standard input with one line `{"ms": ..., "exitLayers": [...]}` after all rows have
run; without policies no row leaves early; with `padTo` shorter rows are padded to so many tokens,
or to the model's positions, which attention does not see.
"""

import json
import math
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from epee_trainer.export.reading import load_package
from epee_trainer.model.multi_exit import Batch, MultiExitModel
from epee_trainer.model.tasks import Task


@dataclass(frozen=True)
class BenchRow:
    """One row and its policy: entropies are never under `threshold` -1, and `patience` beyond the
    layers never comes. The first `length` of its tokens are real."""

    task: Task
    ids: Tensor
    length: int
    words: Tensor
    markers: Tensor
    threshold: float
    patience: int


def read_rows(path: Path, model: MultiExitModel) -> list[BenchRow]:
    """Rows of `epee bench`: {task, tokenIds, wordMask, markers, entropyThreshold, patience}."""
    never = model.encoder.config.num_hidden_layers + 1
    return [
        BenchRow(
            task=model.tasks[item["task"]],
            ids=torch.tensor([item["tokenIds"]]),
            length=len(item["tokenIds"]),
            words=torch.tensor(item["wordMask"], dtype=torch.bool),
            markers=torch.tensor([item["markers"]]),
            threshold=-1.0 if item["entropyThreshold"] == "off" else item["entropyThreshold"],
            patience=never if item["patience"] == "off" else item["patience"],
        )
        for item in json.loads(path.read_text())
    ]


def padded(row: BenchRow, tokens: int) -> BenchRow:
    """The row with padding behind it, up to `tokens`; longer rows stay as they are."""
    more = max(0, tokens - row.ids.shape[1])
    return replace(row, ids=nn.functional.pad(row.ids, (0, more)), words=nn.functional.pad(row.words, (0, more)))


@torch.inference_mode()
def exit_layer(model: MultiExitModel, row: BenchRow, *, policies: bool) -> int:
    """Runs one row until it leaves; the layer from 1."""
    count, before = 0, None
    mask = (torch.arange(row.ids.shape[1]) < row.length).unsqueeze(0) if row.length < row.ids.shape[1] else None
    for index, states in enumerate(model.backbone.walk(model.encoder, row.ids, mask)):
        entropy, vote = _judge(model, index, states, row)
        count = count + 1 if before is not None and torch.equal(vote, before) else 0
        before = vote
        if policies and (entropy < row.threshold or count >= row.patience):
            return index + 1
    return model.layers


def _judge(model: MultiExitModel, index: int, states: Tensor, row: BenchRow) -> tuple[float, Tensor]:
    """Normalised entropy and vote after a layer."""
    if row.task.pooled:
        batch = Batch(row.ids, torch.tensor([row.length]), row.words, row.markers)
        logits = model.pooled_heads[index](states, model.places(batch))[0, model.tasks.slice_of(row.task.name)]
        return _entropy(logits).item(), logits.argmax()
    logits = model.tag_heads[index](states)[0, row.words]
    parts = [logits[:, part] for part in model.tasks.group_slices()]
    entropy = max((_entropy(part).max().item() for part in parts), default=0.0) if len(logits) else 0.0
    return entropy, torch.stack([part.argmax(-1) for part in parts])


def _entropy(logits: Tensor) -> Tensor:
    log_p = logits.log_softmax(-1)
    return -(log_p.exp() * log_p).sum(-1) / math.log(logits.shape[-1])


def run_all(model: MultiExitModel, rows: list[BenchRow], *, policies: bool) -> dict[str, Any]:
    """All rows one by one: milliseconds in all, and where each left."""
    started = time.perf_counter()
    layers = [exit_layer(model, row, policies=policies) for row in rows]
    return {"ms": 1000 * (time.perf_counter() - started), "exitLayers": layers}


def main(argv: list[str]) -> int:
    """Serves until standard input ends."""
    torch.set_num_threads(1)
    model = load_package(Path(argv[0]))
    rows = read_rows(Path(argv[1]), model)
    print(json.dumps({"torch": torch.__version__, "python": sys.version.split()[0], "rows": len(rows)}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        tokens = min(asked["padTo"] or 0, model.encoder.config.max_position_embeddings)
        print(json.dumps(run_all(model, [padded(row, tokens) for row in rows], policies=asked["policies"])), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

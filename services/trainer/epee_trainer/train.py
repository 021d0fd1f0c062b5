"""Joint training of encoder and exit heads, resumable after every epoch."""

import json
import random
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Callable

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import BertModel, get_linear_schedule_with_warmup

from .checkpoint import load_any, save_model, start_from
from .mixture import Mixture, TaskRows, clinical_tasks, load_mixture
from .model import LayerLogits, MultiExitModel
from .rows import IGNORED, Encoder, Row, collate
from .scores import micro_f1
from .sweep import bf16_works, sweep
from .tasks import TaskSet


@dataclass(frozen=True)
class TrainConfig:
    """What a training run does. Paths are relative to the config file's folder.

    `layerWeights`: `equal`, `asc` (w_i = i, the authors' choice) or `last` (a single-exit fine-tune). `distill`: share of an early head's loss that comes
    from the last head's probabilities instead of the labels, from epoch `distillFromEpoch` (from 1) on: an untrained last head teaches nothing. `maskTokens`: share of tokens replaced by [MASK] as augmentation.
    `compile`: fuse the encoder's element-wise work with torch.compile (needs a C++ compiler; a minute or two at the start).
    `init`: a run folder or a model package from whose weights and tokenizer training starts; `base` then only names where they came from.
    `firstModel`: a run folder or a package that weeds the negatives. `abstracts`: how many sentences of abstracts without a drug event to make (abstracts.py).
    `rowsPerEpoch`: rows of each kind drawn in an epoch (all if a kind has fewer).
    """

    name: str
    base: str
    data: str
    run: str
    epochs: int
    seed: int = 1
    learningRate: float = 2e-4
    headLearningRate: float = 1e-3
    weightDecay: float = 0.01
    warmupShare: float = 0.1
    batchTokens: int = 1536
    layerWeights: str = "equal"
    distill: float = 0.0
    distillFromEpoch: int = 1
    maskTokens: float = 0.0
    averageDecay: float = 0.995
    heldOutPercent: int = 8
    init: str | None = None
    firstModel: str | None = None
    fragments: bool = True
    abstracts: int = 0
    compile: bool = False
    rowsPerEpoch: dict[str, int] | None = None

    @staticmethod
    def read(path: Path) -> "TrainConfig":
        """Reads a JSON file. Raises ValueError naming unknown or missing keys."""
        given = json.loads(path.read_text())
        known = {f.name for f in fields(TrainConfig)}
        unknown = sorted(set(given) - known)
        missing = sorted({"name", "base", "data", "run", "epochs"} - set(given))
        if unknown or missing:
            raise ValueError(f"{path}: unknown keys {unknown}, missing keys {missing}; known: {sorted(known)}")
        if given.get("layerWeights", "equal") not in ("equal", "asc", "last"):
            raise ValueError(f"{path}: layerWeights must be equal, asc or last, not {given['layerWeights']!r}")
        for key in ("base", "data", "run", "init", "firstModel"):
            if given.get(key):
                given[key] = str((path.parent / given[key]).resolve())
        return TrainConfig(**given)


def layer_weights(kind: str, layers: int) -> Tensor:
    """Weight of each layer's loss, summing to 1."""
    weights = {"equal": torch.ones(layers), "asc": torch.arange(1, layers + 1).float(), "last": torch.eye(layers)[-1]}[kind]
    return weights / weights.sum()


def joint_loss(logits: LayerLogits, task: str, tasks: TaskSet, labels: Tensor, targets: Tensor, *, weights: Tensor, distill: float) -> Tensor:
    """sum_i w_i * ((1 - distill) * CE(labels) + distill * CE(last head)) over layers; the last layer learns from labels alone."""
    if task == "events":
        scored = targets[..., 0] != IGNORED
        parts = [(logits.tags[:, scored][..., s], targets[scored][:, g]) for g, s in enumerate(tasks.group_slices())]
    else:
        parts = [(logits.pooled[..., tasks.slice_of(task)], labels)]
    return sum(_part_loss(values.float(), gold, weights, distill) for values, gold in parts)


def _part_loss(values: Tensor, gold: Tensor, weights: Tensor, distill: float) -> Tensor:
    layers, rows, _ = values.shape
    log_p = values.log_softmax(-1)
    hard = nn.functional.nll_loss(log_p.flatten(0, 1), gold.repeat(layers), reduction="none").view(layers, rows).mean(1)
    if distill:
        soft = -(log_p[-1].exp().detach() * log_p[:-1]).sum(-1).mean(1)
        hard = torch.cat([(1 - distill) * hard[:-1] + distill * soft, hard[-1:]])
    return (weights * hard).sum()


def batches(rows: list[Row], tokens: int, chooser: random.Random) -> list[list[Row]]:
    """Batches of similar length with at most `tokens` padded tokens, in random order."""
    ordered = sorted(rows, key=lambda row: (len(row.ids) + chooser.uniform(-4, 4)))
    found: list[list[Row]] = []
    batch: list[Row] = []
    for row in ordered:
        if batch and max(len(row.ids), max(len(r.ids) for r in batch)) * (len(batch) + 1) > tokens:
            found.append(batch)
            batch = []
        batch.append(row)
    return [*found, batch] if batch else found


def epoch_batches(mixture: Mixture, config: TrainConfig, epoch: int) -> list[list[Row]]:
    """One epoch: every batch of one task, tasks mixed by size."""
    chooser = random.Random(f"{config.seed}/{epoch}")
    limits = config.rowsPerEpoch or {}

    def drawn(kind: str) -> list[Row]:
        rows = getattr(mixture, kind)
        return chooser.sample(rows, min(limits.get(kind, len(rows)), len(rows)))

    groups = [drawn("events") + drawn("negatives") + drawn("abstracts"), drawn("relations"), drawn("sections")]
    found = [batch for rows in groups for batch in batches(rows, config.batchTokens, chooser)]
    chooser.shuffle(found)
    return found


def _initial_model(config: TrainConfig, tasks: TaskSet) -> MultiExitModel:
    if config.init:
        return start_from(Path(config.init), tasks)
    return MultiExitModel(BertModel.from_pretrained(config.base, add_pooling_layer=False, attention_probs_dropout_prob=0.0), tasks)


class Trainer:
    """One training run: its model, its averaged model, optimiser and schedule."""

    def __init__(self, config: TrainConfig, say: Callable[[str], None] = print):
        self.config, self.say, self.run = config, say, Path(config.run)
        torch.manual_seed(config.seed)
        self.tokenizer_json = Path(config.init or config.base) / "tokenizer.json"
        tasks = clinical_tasks()
        self.model = _initial_model(config, tasks)
        self.average = AveragedModel(self.model, multi_avg_fn=get_ema_multi_avg_fn(config.averageDecay))
        if config.compile:
            self.model.encoder.encoder.compile(dynamic=True)
        self.rows = TaskRows(Encoder(self.tokenizer_json), tasks)
        first = load_any(Path(config.firstModel)) if config.firstModel else None
        self.mixture = load_mixture(
            Path(config.data),
            self.rows,
            held_out_percent=config.heldOutPercent,
            seed=config.seed,
            first_model=first,
            fragments=config.fragments,
            abstracts=config.abstracts,
        )
        self.plan = [len(epoch_batches(self.mixture, config, e)) for e in range(config.epochs)]
        heads = [p for n, p in self.model.named_parameters() if "heads." in n]
        body = [p for n, p in self.model.named_parameters() if "heads." not in n]
        self.optimizer = torch.optim.AdamW(
            [{"params": body, "lr": config.learningRate}, {"params": heads, "lr": config.headLearningRate}], weight_decay=config.weightDecay, fused=True
        )
        total = sum(self.plan)
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, int(total * config.warmupShare), total)
        self.weights = layer_weights(config.layerWeights, self.model.encoder.config.num_hidden_layers)
        self.bf16 = bf16_works()
        self.history: list[dict[str, Any]] = []

    def train(self) -> Path:
        """Trains to the end, from the last checkpoint if there is one, and saves the averaged model into the run folder."""
        started = self._resume()
        self.say(self._describe())
        for epoch in range(started, self.config.epochs):
            loss = self._epoch(epoch)
            self.history.append({"epoch": epoch + 1, "loss": round(loss, 4), **self._selection_scores()})
            self.say(json.dumps(self.history[-1]))
            self._checkpoint(epoch + 1)
        save_model(self.average.module, self.run, tokenizer=self.tokenizer_json, training={"config": self._public_config(), "history": self.history})
        return self.run

    def _epoch(self, epoch: int) -> float:
        self.model.train()
        planned, begun, said, total = epoch_batches(self.mixture, self.config, epoch), time.monotonic(), time.monotonic(), 0.0
        torch.manual_seed(self.config.seed * 1000 + epoch)
        for number, batch in enumerate(planned, start=1):
            total += self._step(batch, self.config.distill if epoch + 1 >= self.config.distillFromEpoch else 0.0)
            if time.monotonic() - said > 15:
                said = time.monotonic()
                steps = sum(self.plan[epoch + 1 :]) + len(planned) - number
                left = (said - begun) / number * steps
                self.say(f"epoch {epoch + 1}/{self.config.epochs} batch {number}/{len(planned)} loss {total / number:.3f} left {left / 60:.0f} min")
        return total / len(planned)

    def _step(self, rows: list[Row], distill: float) -> float:
        batch, labels, targets = collate(rows, self.model.tasks)
        if self.config.maskTokens:
            chosen = (torch.rand(batch.input_ids.shape) < self.config.maskTokens) & (batch.input_ids > 999)
            batch.input_ids[chosen] = self.rows.encoder.mask_id
        tagging = rows[0].task == "events"
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            logits = self.model(batch, pooled=not tagging, tags=tagging)
        loss = joint_loss(logits, rows[0].task, self.model.tasks, labels, targets, weights=self.weights, distill=distill)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.model)
        return loss.item()

    def _selection_scores(self) -> dict[str, Any]:
        """Scores of the averaged model on the held-out part of train, at layers a quarter, half and all the way up."""
        return selection_scores(self.average.module, self.mixture.selection)

    def _checkpoint(self, done: int) -> None:
        self.run.mkdir(parents=True, exist_ok=True)
        state = {
            "epoch": done,
            "plan": self.plan,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "history": self.history,
        }
        torch.save(state, self.run / "checkpoint.partial")
        (self.run / "checkpoint.partial").replace(self.run / "checkpoint.pt")

    def _resume(self) -> int:
        path = self.run / "checkpoint.pt"
        if not path.exists():
            return 0
        state = torch.load(path, weights_only=True)
        if state["plan"][: state["epoch"]] != self.plan[: state["epoch"]]:
            raise ValueError(f"{path} was made with other rows; remove the folder or name another `run`")
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.history = state["history"]
        return state["epoch"]

    def _describe(self) -> str:
        m = self.mixture
        sizes = {"events": len(m.events), "negatives": len(m.negatives), "relations": len(m.relations), "sections": len(m.sections), "abstracts": len(m.abstracts)}
        aside = {name: len(rows) for name, rows in m.selection.items()}
        return f"rows {sizes}, held out {aside}, {sum(self.plan)} steps, {'bf16' if self.bf16 else 'fp32'}, {torch.get_num_threads()} threads"

    def _public_config(self) -> dict[str, Any]:
        config = asdict(self.config)
        return {**config, **{key: Path(config[key]).name for key in ("base", "data", "run", "init", "firstModel") if config[key]}}


def selection_scores(model: MultiExitModel, selection: dict[str, list[Row]]) -> dict[str, Any]:
    """Token-free orientation scores by layer: micro F1 over (word, group) tags that are not `O`, relations without `none`, accuracy of sections, and the share
    of negatives in which no trigger is seen."""
    layers = model.encoder.config.num_hidden_layers
    shown = sorted({max(0, layers // 4 - 1), max(0, layers // 2 - 1), layers - 1})
    seen = {name: sweep(model, rows, bf16=True) for name, rows in selection.items() if rows}
    found: dict[str, Any] = {}
    for layer in shown:
        scores = {}
        if "events" in seen:
            pairs = [(int(p), int(g)) for row, tags in zip(seen["events"].rows, seen["events"].answers[layer]) for p, g in zip(tags.T.ravel(), sum(row.tags, ()))]
            scores["tags"] = round(micro_f1([p for p, _ in pairs], [g for _, g in pairs], none=0), 1)
        if "negatives" in seen:
            quiet = [not tags[:, 0].any() for tags in seen["negatives"].answers[layer]]
            scores["quiet"] = round(100 * sum(quiet) / len(quiet), 1)
        for name, none in (("relations", 0), ("sections", None)):
            if name in seen:
                gold = [row.label for row in seen[name].rows]
                scores[name] = round(micro_f1([int(a) for a in seen[name].answers[layer]], gold, none=none), 1)
        found[f"layer{layer + 1}"] = scores
    return found

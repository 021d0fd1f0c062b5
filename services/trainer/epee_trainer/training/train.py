"""Joint training of encoder and exit heads, resumable after every epoch."""

import json
import random
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import get_linear_schedule_with_warmup

from epee_trainer.model.checkpoint import save_model
from .config import TrainConfig
from epee_trainer.data.datasets import FileData, RowMaker, TrainingData
from epee_trainer.recipes.clinical_notes.mixture import ClinicalNotes
from epee_trainer.model.multi_exit import Batch, LayerLogits, MultiExitModel
from .prepare import Prepared, prepare
from epee_trainer.data.rows import IGNORED, Row, collate
from epee_trainer.evaluation.scores import micro_f1
from epee_trainer.evaluation.sweep import Sweep, bf16_works, sweep
from epee_trainer.model.tasks import Task, TaskSet
from .teacher import soft_labels


def layer_weights(kind: str, layers: int) -> Tensor:
    """Weight of each layer's loss, summing to 1."""
    rising = torch.arange(1, layers + 1).float()
    last = torch.eye(layers)[-1]
    weights = {"equal": torch.ones(layers), "asc": rising, "half-last": rising / rising.sum() + last, "last": last}[kind]
    return weights / weights.sum()


_LAYER = re.compile(r"(?:^|\.)(?:layer|layers|h)\.(\d+)\.")


def freeze(model: MultiExitModel, layers: int) -> None:
    """Keeps the embeddings and the first layers as they are; their exit heads go on learning."""
    for name, parameter in model.encoder.named_parameters():
        found = _LAYER.search(name)
        below = int(found[1]) < layers if found else "embeddings" in name or name.startswith(("wte", "wpe"))
        parameter.requires_grad_(not below)


def joint_loss(
    logits: LayerLogits, task: str, tasks: TaskSet, labels: Tensor, targets: Tensor, *, weights: Tensor, distill: float, taught: tuple[Tensor, float] | None = None
) -> Tensor:
    """sum_i w_i * ((1 - distill) * CE(labels) + distill * CE(last head)) over layers; the last layer learns from labels alone. `taught`: a teacher's
    probabilities, [B, labels] or of tags [words, tag labels], and the share that they have beside the labels."""
    if not tasks[task].pooled:
        scored = targets[..., 0] != IGNORED
        tags = logits.tags[:, scored]
        parts = [(tags[..., s], targets[scored][:, g], s) for g, s in enumerate(tasks.group_slices())]
    else:
        parts = [(logits.pooled[..., tasks.slice_of(task)], labels, slice(None))]
    taught_part = lambda s: None if taught is None else (taught[0][:, s], taught[1])  # noqa: E731
    return sum(_part_loss(values.float(), gold, weights, distill, taught_part(s)) for values, gold, s in parts)


def _part_loss(values: Tensor, gold: Tensor, weights: Tensor, distill: float, taught: tuple[Tensor, float] | None) -> Tensor:
    layers, rows, _ = values.shape
    log_p = values.log_softmax(-1)
    losses = nn.functional.nll_loss(log_p.flatten(0, 1), gold.repeat(layers), reduction="none").view(layers, rows)
    if taught is not None:
        probabilities, share = taught
        losses = (1 - share) * losses - share * (probabilities * log_p).sum(-1)
    hard = losses.mean(1)
    if distill:
        soft = -(log_p[-1].exp().detach() * log_p[:-1]).sum(-1).mean(1)
        hard = torch.cat([(1 - distill) * hard[:-1] + distill * soft, hard[-1:]])
    return (weights * hard).sum()


def batches(rows: list[Row], tokens: int, chooser: random.Random) -> list[list[Row]]:
    """Batches of similar length with at most `tokens` padded tokens, in random order."""
    ordered = sorted(rows, key=lambda row: (row.length + chooser.uniform(-4, 4)))
    found: list[list[Row]] = []
    batch: list[Row] = []
    for row in ordered:
        if batch and max(row.length, max(r.length for r in batch)) * (len(batch) + 1) > tokens:
            found.append(batch)
            batch = []
        batch.append(row)
    return [*found, batch] if batch else found


def epoch_batches(data: TrainingData, config: TrainConfig, epoch: int) -> list[list[Row]]:
    """One epoch: every batch of one task, tasks mixed by size."""
    chooser = random.Random(f"{config.seed}/{epoch}")
    limits = config.rowsPerEpoch or {}

    by_task: dict[str, list[Row]] = {}
    for kind, rows in data.training.items():
        drawn = chooser.sample(rows, min(limits.get(kind, len(rows)), len(rows)))
        if drawn:
            by_task.setdefault(drawn[0].task, []).extend(drawn)
    found = [batch for rows in by_task.values() for batch in batches(rows, config.batchTokens, chooser)]
    chooser.shuffle(found)
    return found


class Trainer:
    """One training run: its model, its averaged model, optimiser and schedule."""

    def __init__(self, config: TrainConfig, say: Callable[[str], None] = print):
        self.config, self.say, self.run = config, say, Path(config.run)
        torch.manual_seed(config.seed)
        self.prepared = prepare(config)
        self.model = self.prepared.model
        if config.frozenLayers:
            freeze(self.model, config.frozenLayers)
        self.average = AveragedModel(self.model, multi_avg_fn=get_ema_multi_avg_fn(config.averageDecay))
        if config.compile:
            for block in self.model.backbone.blocks(self.model.encoder):
                block.compile(dynamic=True)
        self.data = self._rows(self.prepared)
        self.plan = [len(epoch_batches(self.data, config, e)) for e in range(config.epochs)]
        learning = [(n, p) for n, p in self.model.named_parameters() if p.requires_grad]
        heads = [p for n, p in learning if "heads." in n]
        body = [p for n, p in learning if "heads." not in n]
        self.optimizer = torch.optim.AdamW(
            [{"params": body, "lr": config.learningRate}, {"params": heads, "lr": config.headLearningRate}], weight_decay=config.weightDecay, fused=True
        )
        total = sum(self.plan)
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, int(total * config.warmupShare), total)
        self.weights = layer_weights(config.layerWeights, self.model.layers)
        self.bf16 = bf16_works()
        self.history: list[dict[str, Any]] = []

    def _rows(self, prepared: Prepared) -> TrainingData:
        source = prepared.source
        if isinstance(source, ClinicalNotes):
            return source.rows(prepared.encoder, self.model.tasks, self.config)
        make = RowMaker(self.model.tasks, prepared.encoder, self.model.image)
        return source.rows(make, self._taught(source, make))

    def _taught(self, source: FileData, make: RowMaker) -> dict | None:
        if self.config.teacher is None:
            return None
        return soft_labels(Path(self.config.teacher), source, make, temperature=self.config.teacherTemperature, say=self.say)

    def train(self) -> Path:
        """Trains to the end, from the last checkpoint if there is one, and saves the averaged model into the run folder."""
        started = self._resume()
        self.say(self._describe())
        for epoch in range(started, self.config.epochs):
            begun = time.monotonic()
            loss = self._epoch(epoch)
            scores = self._selection_scores()
            self.history.append({"epoch": epoch + 1, "loss": round(loss, 4), "seconds": round(time.monotonic() - begun), **scores})
            self.say(json.dumps(self.history[-1]))
            self._checkpoint(epoch + 1)
        training = {"config": self.config.public(), "history": self.history}
        save_model(self.average.module, self.run, tokenizer=self.prepared.tokenizer_json, training=training)
        return self.run

    def _epoch(self, epoch: int) -> float:
        self.model.train()
        planned, begun, said, total = epoch_batches(self.data, self.config, epoch), time.monotonic(), time.monotonic(), 0.0
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
        encoder = self.prepared.encoder
        batch, labels, targets = collate(rows, self.model.tasks, pad_id=0 if encoder is None else encoder.pad_id, image=self.model.image)
        if self.config.maskTokens:
            chosen = (torch.rand(batch.input_ids.shape) < self.config.maskTokens) & encoder.plain[batch.input_ids]
            batch.input_ids[chosen] = encoder.mask_id
        if self.config.imageShift:
            batch = moved(batch, self.config.imageShift)
        tagging = not self.model.tasks[rows[0].task].pooled
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            logits = self.model(batch, pooled=not tagging, tags=tagging)
        taught = self._soft(rows)
        loss = joint_loss(logits, rows[0].task, self.model.tasks, labels, targets, weights=self.weights, distill=distill, taught=taught)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.model)
        return loss.item()

    def _soft(self, rows: list[Row]) -> tuple[Tensor, float] | None:
        """The teacher's probabilities; of rows and words that it could not read, the labels'."""
        if self.config.teacher is None:
            return None
        task = self.model.tasks[rows[0].task]
        soft = np.concatenate([_taught_or_labelled(row, hard_labels(row, task)) for row in rows])
        return torch.from_numpy(soft), self.config.teacherShare

    def _selection_scores(self) -> dict[str, Any]:
        """Scores of the averaged model on the held-out part of train, at layers a quarter, half and all the way up."""
        return selection_scores(self.average.module, self.data.selection)

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
        sizes, aside = ({name: len(rows) for name, rows in kinds.items()} for kinds in (self.data.training, self.data.selection))
        return f"rows {sizes}, held out {aside}, {sum(self.plan)} steps, {'bf16' if self.bf16 else 'fp32'}, {torch.get_num_threads()} threads"


def hard_labels(row: Row, task: Task) -> np.ndarray:
    """The labels of a row as probabilities: float32 [1, labels], of tags [words, tag labels]."""
    if task.pooled:
        return np.eye(len(task.labels), dtype=np.float32)[[row.label]]
    return np.concatenate([np.eye(len(group.labels), dtype=np.float32)[list(tags)] for group, tags in zip(task.groups, row.tags)], -1)


def _taught_or_labelled(row: Row, labelled: np.ndarray) -> np.ndarray:
    if row.soft is None:
        return labelled
    soft = row.soft.reshape(-1, labelled.shape[-1])[: len(labelled)]
    return np.where(np.isnan(soft), labelled, soft)


def moved(batch: Batch, most: int) -> Batch:
    """Images moved by up to `most` pixels each way, together; what comes in at the edge repeats the edge."""
    down, right = torch.randint(-most, most + 1, (2,)).tolist()
    height, width = batch.pixels.shape[2:]
    padded = nn.functional.pad(batch.pixels, (most, most, most, most), mode="replicate")
    return replace(batch, pixels=padded[:, :, most + down : most + down + height, most + right : most + right + width])


def selection_scores(model: MultiExitModel, selection: dict[str, list[Row]]) -> dict[str, Any]:
    """Orientation scores by layer and kind of rows: micro F1 over (word, group) tags that are not `O`, or, of rows without any, the share in which no tag of the
    first group is seen; micro F1 of pooled tasks without `none`, where a task has it (else accuracy)."""
    shown = sorted({max(0, model.layers // 4 - 1), max(0, model.layers // 2 - 1), model.layers - 1})
    seen = {name: sweep(model, rows, bf16=True) for name, rows in selection.items() if rows}
    return {f"layer{layer + 1}": {name: round(_orientation(model, found, layer), 1) for name, found in seen.items()} for layer in shown}


def _orientation(model: MultiExitModel, seen: Sweep, layer: int) -> float:
    task = model.tasks[seen.rows[0].task]
    if task.pooled:
        return micro_f1([int(answer) for answer in seen.answers[layer]], [row.label for row in seen.rows], none=task.none)
    if not any(tag for row in seen.rows for group in row.tags for tag in group):
        return 100 * sum(not tags[:, 0].any() for tags in seen.answers[layer]) / len(seen.rows)
    pairs = [(int(p), int(g)) for row, tags in zip(seen.rows, seen.answers[layer]) for p, g in zip(tags.T.ravel(), sum(row.tags, ()))]
    return micro_f1([p for p, _ in pairs], [g for _, g in pairs], none=0)

"""Joint training of encoder and exit heads, resumable after every epoch."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import get_linear_schedule_with_warmup

from epee_trainer.data.files import FileData, SoftLabels
from epee_trainer.data.row_maker import RowMaker
from epee_trainer.data.rows import Row, collate, open_labels_of
from epee_trainer.evaluation.sweep import bf16_works
from epee_trainer.model.checkpoint import save_model
from epee_trainer.model.multi_exit import Batch, MultiExitModel

from .batches import epoch_batches, shifted
from .config import TrainConfig
from .loss import Taught, joint_loss, layer_weights, soft_targets
from .prepare import Recipe, prepare
from .selection import selection_scores
from .teacher import soft_labels

_LAYER = re.compile(r"(?:^|\.)(?:layer|layers|h)\.(\d+)\.")


def freeze(model: MultiExitModel, layers: int) -> None:
    """Keeps the embeddings and the first layers as they are; their exit heads still learn."""
    for name, parameter in model.encoder.named_parameters():
        found = _LAYER.search(name)
        below = int(found[1]) < layers if found else "embeddings" in name or name.startswith(("wte", "wpe"))
        parameter.requires_grad_(not below)


class Trainer:
    """One training run: its model, its averaged model, optimiser and schedule. `recipe` makes the
    data of a config without `tasks`; `say` is called with each line of progress."""

    def __init__(self, config: TrainConfig, say: Callable[[str], None] = print, recipe: Recipe | None = None):
        self.config, self.say, self.run = config, say, Path(config.run)
        torch.manual_seed(config.seed)
        self.prepared = prepare(config, recipe)
        self.model = self.prepared.model
        if config.frozenLayers:
            freeze(self.model, config.frozenLayers)
        self.average = AveragedModel(self.model, multi_avg_fn=get_ema_multi_avg_fn(config.averageDecay))
        if config.compile:
            for block in self.model.backbone.blocks(self.model.encoder):
                block.compile(dynamic=True)
        make = RowMaker(self.model.tasks, self.prepared.encoder, self.model.image)
        self.data = self.prepared.data.rows(make, self._taught(make))
        self.plan = [len(epoch_batches(self.data, config, e)) for e in range(config.epochs)]
        learning = [(n, p) for n, p in self.model.named_parameters() if p.requires_grad]
        body = {"params": [p for n, p in learning if "heads." not in n], "lr": config.learningRate}
        heads = {"params": [p for n, p in learning if "heads." in n], "lr": config.headLearningRate}
        self.optimizer = torch.optim.AdamW([body, heads], weight_decay=config.weightDecay, fused=True)
        total = sum(self.plan)
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, int(total * config.warmupShare), total)
        self.weights = layer_weights(config.layerWeights, self.model.layers)
        self.bf16 = bf16_works()
        self.history: list[dict[str, Any]] = []

    def _taught(self, make: RowMaker) -> SoftLabels | None:
        data = self.prepared.data
        if self.config.teacher is None or not isinstance(data, FileData):
            return None
        return soft_labels(Path(self.config.teacher), data, make, temperature=self.config.teacherTemperature, say=self.say)

    def train(self) -> Path:
        """Trains to the end, from the last checkpoint if there is one, and saves the averaged model
        into the run folder. Raises ValueError where the checkpoint is one of other rows."""
        started = self._resume()
        self.say(self._describe())
        for epoch in range(started, self.config.epochs):
            begun = time.monotonic()
            loss = self._epoch(epoch)
            scores = selection_scores(self._averaged, self.data.selection)
            self.history.append({"epoch": epoch + 1, "loss": round(loss, 4), "seconds": round(time.monotonic() - begun), **scores})
            self.say(json.dumps(self.history[-1]))
            self._checkpoint(epoch + 1)
        training = {"config": self.config.public(), "history": self.history}
        save_model(self._averaged, self.run, tokenizer=self.prepared.tokenizer_json, training=training)
        return self.run

    @property
    def _averaged(self) -> MultiExitModel:
        model = self.average.module
        assert isinstance(model, MultiExitModel)
        return model

    def _epoch(self, epoch: int) -> float:
        self.model.train()
        planned, begun, said, total = epoch_batches(self.data, self.config, epoch), time.monotonic(), time.monotonic(), 0.0
        torch.manual_seed(self.config.seed * 1000 + epoch)
        for number, batch in enumerate(planned, start=1):
            total += self._step(batch, self.config.distill if epoch + 1 >= self.config.distillFromEpoch else 0.0)
            if time.monotonic() - said > 15:
                said = time.monotonic()
                steps = sum(self.plan[epoch + 1 :]) + len(planned) - number
                minutes = (said - begun) / number * steps / 60
                at = f"epoch {epoch + 1}/{self.config.epochs} batch {number}/{len(planned)}"
                self.say(f"{at} loss {total / number:.3f} left {minutes:.0f} min")
        return total / len(planned)

    def _step(self, rows: list[Row], distill: float) -> float:
        task, tasks = self.model.tasks[rows[0].task], self.model.tasks
        encoder = self.prepared.encoder
        batch, labels, targets = collate(rows, tasks, pad_id=0 if encoder is None else encoder.pad_id, image=self.model.image)
        batch = self._augmented(batch)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            logits = self.model(batch, pooled=task.pooled, tags=not task.pooled)
        taught = self._soft(rows)
        open_labels = open_labels_of(rows, tasks)
        loss = joint_loss(
            logits, task.name, tasks, labels, targets, weights=self.weights, distill=distill, taught=taught, open_labels=open_labels
        )
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.model)
        return loss.item()

    def _augmented(self, batch: Batch) -> Batch:
        encoder = self.prepared.encoder
        if self.config.maskTokens and encoder is not None and encoder.mask_id is not None:
            chosen = (torch.rand(batch.input_ids.shape) < self.config.maskTokens) & encoder.plain[batch.input_ids]
            batch.input_ids[chosen] = encoder.mask_id
        return shifted(batch, self.config.imageShift) if self.config.imageShift else batch

    def _soft(self, rows: list[Row]) -> Taught | None:
        if self.config.teacher is None:
            return None
        return soft_targets(rows, self.model.tasks[rows[0].task]), self.config.teacherShare

    def _checkpoint(self, done: int) -> None:
        self.run.mkdir(parents=True, exist_ok=True)
        kept = {name: getattr(self, name).state_dict() for name in ("model", "average", "optimizer", "schedule")}
        torch.save({"epoch": done, "plan": self.plan, **kept, "history": self.history}, self.run / "checkpoint.partial")
        (self.run / "checkpoint.partial").replace(self.run / "checkpoint.pt")

    def _resume(self) -> int:
        path = self.run / "checkpoint.pt"
        if not path.exists():
            return 0
        state = torch.load(path, weights_only=True)
        done = int(state["epoch"])
        if state["plan"][:done] != self.plan[:done]:
            raise ValueError(f"{path} was made with other rows; remove the folder or name another `run`")
        for name in ("model", "average", "optimizer", "schedule"):
            getattr(self, name).load_state_dict(state[name])
        self.history = state["history"]
        return done

    def _describe(self) -> str:
        sizes, aside = ({name: len(rows) for name, rows in kinds.items()} for kinds in (self.data.training, self.data.selection))
        arithmetic = "bf16" if self.bf16 else "fp32"
        return f"rows {sizes}, held out {aside}, {sum(self.plan)} steps, {arithmetic}, {torch.get_num_threads()} threads"

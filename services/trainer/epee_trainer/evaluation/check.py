"""`check-backbone`: an encoder of any family in its published size, exported, and compared with `transformers` layer by layer."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np
import onnxruntime
import torch
from transformers import AlbertConfig, BertConfig, GPT2Config, PretrainedConfig, PreTrainedModel, ViTConfig

from epee_trainer.model.backbones import FAMILIES, Backbone, ImageForm, backbone_of, load_encoder
from epee_trainer.model.exits import FULL, Policy
from epee_trainer.export.exits import ExitGraph
from epee_trainer.export.package import save_graph
from epee_trainer.export.packing import ModelSpec, dequantise_into, pack_weights
from epee_trainer.export.reference import ReferenceRow, decisive, exit_of, invented_images, invented_rows, row_logits
from epee_trainer.export.sweep import states_graph, sweep_graph
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TagGroup, Task, TaskSet, family_problem

TOLERANCE = 1e-4
"""Largest difference allowed. For weights from a folder times the largest value where that is over 1: trained GPT-2 has states in the thousands."""

POLICIES = (FULL, Policy(0.995, None), Policy(None, 1), Policy(0.9, 2))

PUBLISHED: dict[str, Callable[[], PretrainedConfig]] = {
    "bert": lambda: BertConfig(),
    "albert": lambda: AlbertConfig(
        hidden_size=768, num_attention_heads=12, intermediate_size=3072, embedding_size=128, vocab_size=30_000, attention_probs_dropout_prob=0.0
    ),
    "gpt2": lambda: GPT2Config(),
    "vit": lambda: ViTConfig(),
}
"""bert-base-uncased, albert-base-v2, gpt2 and vit-base-patch16-224 by their sizes."""


@dataclass(frozen=True)
class Differences:
    """Largest differences from `transformers` over all layers, rows and real tokens: what heads read, the heads' logits, and logits and entropy at the exits.
    `exits` counts the exits that were compared, `wrongExits` those at another layer, for another reason or with other tags."""

    states: float
    logits: float
    at_exit: float
    exits: int
    wrong_exits: int
    largest_state: float

    def allowed(self, *, scaled: bool) -> float:
        """The largest difference allowed; see `TOLERANCE`."""
        return TOLERANCE * (max(1.0, self.largest_state) if scaled else 1.0)

    def holds(self, *, scaled: bool) -> bool:
        """Whether all are within what is allowed, and all exits right."""
        return max(self.states, self.logits, self.at_exit) <= self.allowed(scaled=scaled) and self.wrong_exits == 0 and self.exits > 0


def check_backbone(family: str | None, base: Path | None, *, layers: int | None, rows: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Exports an encoder (random weights in the family's published size, or those of a Hugging Face folder) with random heads for every kind of task that the
    family may have, and compares graphs with `transformers`. Raises ValueError for what the graphs do not cover, and for `layers` of a folder's model."""
    if base is not None and layers is not None:
        raise ValueError("--layers is for --family: a folder's model has its own")
    encoder = random_encoder(family, layers) if base is None else load_encoder(base)
    config = encoder.config
    say(f"{config.model_type}: {config.num_hidden_layers} layers x {config.hidden_size}, {sum(p.numel() for p in encoder.parameters()) / 1e6:.0f} M parameters")
    started = time.monotonic()
    found = compare(encoder, rows_per_task=rows, say=say)
    ok = found.holds(scaled=base is not None)
    return {
        "family": config.model_type,
        "layers": config.num_hidden_layers,
        "hidden": config.hidden_size,
        "rowsPerTask": rows,
        "states": found.states,
        "logits": found.logits,
        "atExit": found.at_exit,
        "exits": found.exits,
        "wrongExits": found.wrong_exits,
        "largestState": found.largest_state,
        "tolerance": found.allowed(scaled=base is not None),
        "ok": ok,
        "seconds": round(time.monotonic() - started, 1),
    }


def random_encoder(family: str, layers: int | None = None) -> PreTrainedModel:
    """An encoder in the family's published size with random weights, or with fewer layers."""
    config = PUBLISHED[family]()
    if layers is not None:
        config.num_hidden_layers = layers
    torch.manual_seed(7)
    return FAMILIES[family].empty(config).eval()


def compare(encoder: PreTrainedModel, *, rows_per_task: int, say: Callable[[str], None] = lambda _: None) -> Differences:
    """Packs, exports and compares. The encoder gets its weights as the graphs see them (8-bit, dequantised), so `transformers` computes with the same."""
    backbone = backbone_of(encoder.config)
    torch.manual_seed(8)
    image = backbone.form(encoder.config, *_mean_and_std(encoder.config)) if backbone.reads_images else None
    model = MultiExitModel(encoder, every_task(backbone, image), pooled_width=64, image=image).eval()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        spec, file = ModelSpec.of(model), pack_weights(model)
        file.write(folder)
        for name, built in (("states", states_graph(spec, file)), ("sweep", sweep_graph(spec, file)), ("exit", ExitGraph(spec, file, "fp32").build())):
            save_graph(built, folder / f"{name}.onnx", name)
        dequantise_into(model, file)
        rows = _rows(model, rows_per_task)
        say(f"graphs written; running {len(rows)} rows")
        return _compare(model, rows, lambda name: _open(folder / f"{name}.onnx"))


def every_task(backbone: Backbone, image: ImageForm | None) -> TaskSet:
    """A task of every kind that the family may have."""
    markers = {"headStart": 1, "headEnd": 2, "tailStart": 3, "tailEnd": 4}
    tasks = (
        Task("image", "image", image.tokens if image else 2, ("a", "b", "c")),
        Task("text", "classification", 64, ("a", "b", "c", "d")),
        Task("pairs", "relation", 64, ("none", "a", "b"), relation={"markerTokenIds": markers, "candidates": []}),
        Task("words", "tagging", 64, groups=(TagGroup("one", ("O", "B-a", "I-a")), TagGroup("two", ("O", "B-b", "I-b", "B-c", "I-c")))),
    )
    return TaskSet(tuple(task for task in tasks if family_problem(task.kind, backbone) is None))


def _mean_and_std(config: PretrainedConfig) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return (0.5,) * config.num_channels, (0.5,) * config.num_channels


def _rows(model: MultiExitModel, per_task: int) -> list[ReferenceRow]:
    if model.image is not None:
        return invented_images(model.tasks, model.image, per_task=per_task)
    return invented_rows(model.tasks, vocabulary=min(20_000, model.encoder.config.vocab_size), first_id=10, ends=(8, 9), per_task=per_task)


def batch_feeds(rows: list[ReferenceRow], tasks: TaskSet, policies: list[Policy] | None = None, *, layers: int = 3, pad: int = 0) -> dict[str, np.ndarray]:
    """A batch of rows as the graphs' inputs; without policies those of a graph without exits. `pad` adds columns of padding."""
    batch = {"task": np.array([tasks.index(row.task) for row in rows], np.int64)}
    if rows[0].pixels is not None:
        batch["pixel_values"] = np.stack([row.pixels for row in rows])
    else:
        width = max(len(row.token_ids) for row in rows) + pad
        batch["input_ids"] = np.zeros((len(rows), width), np.int64)
        batch["lengths"] = np.array([len(row.token_ids) for row in rows], np.int32)
        batch["word_mask"] = np.zeros((len(rows), width), np.float32)
        batch["markers"] = np.array([row.markers for row in rows], np.int64)
        for index, row in enumerate(rows):
            batch["input_ids"][index, : len(row.token_ids)] = row.token_ids
            batch["word_mask"][index, : len(row.token_ids)] = row.word_mask
    return batch if policies is None else batch | policy_feeds(policies, layers=layers)


def policy_feeds(policies: list[Policy], *, layers: int) -> dict[str, np.ndarray]:
    """One policy a row as the exit graph's inputs; what is off never comes."""
    return {
        "entropy_threshold": np.array([-1 if p.entropy_threshold is None else p.entropy_threshold for p in policies], np.float32),
        "patience": np.array([layers + 1 if p.patience is None else p.patience for p in policies], np.int64),
    }


def run_graph(session: onnxruntime.InferenceSession, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Outputs by name."""
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, batch)))


def _open(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@torch.inference_mode()
def _compare(model: MultiExitModel, rows: list[ReferenceRow], session: Callable[[str], onnxruntime.InferenceSession]) -> Differences:
    plain = batch_feeds(rows, model.tasks, pad=3)
    states = run_graph(session("states"), plain)["all_states"]
    swept = run_graph(session("sweep"), plain)
    wanted = [_states(model, row) for row in rows]
    logits = [row_logits(model, row) for row in rows]
    differences = [float(np.abs(states[:, i, : w.shape[1]] - w).max()) for i, w in enumerate(wanted)]
    parts = []
    for i, (row, one) in enumerate(zip(rows, logits)):
        if one.pooled is not None:
            parts.append(float(np.abs(swept["all_pooled_logits"][:, i, model.tasks.slice_of(row.task)] - one.pooled).max()))
        else:
            parts.append(float(np.abs(swept["all_tag_logits"][:, i, : len(row.token_ids)] - one.tags).max()))
    at_exit, exits, wrong = _exits(model, rows, logits, session("exit"))
    return Differences(max(differences), max(parts), at_exit, exits, wrong, max(float(np.abs(w).max()) for w in wanted))


def _states(model: MultiExitModel, row: ReferenceRow) -> np.ndarray:
    """What `transformers` says of one row without padding: hidden states after each layer, the last one as `last_hidden_state`, [L, S, H]."""
    inputs = {"pixel_values": torch.from_numpy(row.pixels[None])} if row.pixels is not None else {"input_ids": torch.tensor([row.token_ids])}
    output = model.encoder(**inputs, output_hidden_states=True)
    return torch.stack([*output.hidden_states[1:-1], output.last_hidden_state])[:, 0].numpy()


def _exits(model: MultiExitModel, rows: list[ReferenceRow], logits: list, session: onnxruntime.InferenceSession) -> tuple[float, int, int]:
    """Largest difference at the exits, how many were compared, how many were wrong; all policies mixed in every batch."""
    largest, compared, wrong = 0.0, 0, 0
    for shift in range(len(POLICIES)):
        policies = [POLICIES[(i + shift) % len(POLICIES)] for i in range(len(rows))]
        out = run_graph(session, batch_feeds(rows, model.tasks, policies, layers=model.layers))
        for i, (row, one, policy) in enumerate(zip(rows, logits, policies)):
            if not decisive(one, row, model.tasks, policy):
                continue
            gone = exit_of(one, row, model.tasks, policy)
            compared += 1
            reason = ("entropy", "patience", "final")[out["exit_reason"][i]]
            wrong += (int(out["exit_layer"][i]), reason) != (gone.layer, gone.reason)
            largest = max(largest, abs(float(out["entropy"][i]) - gone.entropy))
            if gone.tags is None:
                own = out["pooled_logits"][i, model.tasks.slice_of(row.task)]
                largest = max(largest, float(np.abs(own - one.pooled[gone.layer - 1]).max()))
            else:
                wrong += out["tag_ids"][i, : len(row.token_ids)].tolist() != gone.tags
    return largest, compared, wrong

"""`check-backbone`: an exported encoder of any family vs. `transformers`, layer by layer."""

import copy
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnxruntime import InferenceSession
from transformers import AlbertConfig, BertConfig, GPT2Config, PretrainedConfig, PreTrainedModel, ViTConfig

from epee_trainer.export.exits import ExitGraph
from epee_trainer.export.package import save_graph
from epee_trainer.export.packing import ModelSpec, dequantise_into, pack_weights
from epee_trainer.export.reference import REASONS, ReferenceRow, RowLogits, decisive, exit_of, invented_images, invented_rows, row_logits
from epee_trainer.export.sweep import states_graph, sweep_graph
from epee_trainer.model.backbones import FAMILIES, Backbone, ImageForm, backbone_of, load_encoder
from epee_trainer.model.exits import FULL, Policy
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TagGroup, Task, TaskSet, family_problem

from .sessions import batch_feeds, open_session, run_graph

TOLERANCE = 1e-4
"""Largest difference allowed. For weights from a folder times the largest value where that is over
1: trained GPT-2 has states in the thousands."""

POLICIES = (FULL, Policy(0.995, None), Policy(None, 1), Policy(0.9, 2))

PUBLISHED: dict[str, PretrainedConfig] = {
    "bert": BertConfig(),
    "albert": AlbertConfig(
        hidden_size=768,
        num_attention_heads=12,
        intermediate_size=3072,
        embedding_size=128,
        vocab_size=30_000,
        attention_probs_dropout_prob=0.0,
    ),
    "gpt2": GPT2Config(),
    "vit": ViTConfig(),
}
"""bert-base-uncased, albert-base-v2, gpt2 and vit-base-patch16-224 by their sizes."""


@dataclass(frozen=True)
class Differences:
    """Largest differences from `transformers` over all layers, rows and real tokens: what heads
    read, the heads' logits, and logits and entropy at the exits. `exits` counts the exits that were
    compared, `wrong_exits` those at another layer, for another reason or with other tags."""

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
        largest = max(self.states, self.logits, self.at_exit)
        return largest <= self.allowed(scaled=scaled) and self.wrong_exits == 0 and self.exits > 0


def check_backbone(family: str | None, base: Path | None, *, layers: int | None, rows: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Exports an encoder (random weights in the family's published size, or those of a Hugging Face
    folder) with random heads for every kind of task that the family may have, and compares graphs
    with `transformers`. Raises ValueError without either, for what the graphs do not cover, and for
    `layers` of a folder's model."""
    if base is not None and layers is not None:
        raise ValueError("--layers is for --family: a folder's model has its own")
    if base is None and family is None:
        raise ValueError("check-backbone needs either --family or --base")
    encoder = load_encoder(base) if base is not None else random_encoder(str(family), layers)
    config, parameters = encoder.config, sum(p.numel() for p in encoder.parameters())
    say(f"{config.model_type}: {config.num_hidden_layers} layers x {config.hidden_size}, {parameters / 1e6:.0f} M parameters")
    started = time.monotonic()
    found = compare(encoder, rows_per_task=rows, say=say)
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
        "ok": found.holds(scaled=base is not None),
        "seconds": round(time.monotonic() - started, 1),
    }


def random_encoder(family: str, layers: int | None = None) -> PreTrainedModel:
    """An encoder with random weights in the family's published size, or with other `layers`."""
    config = copy.deepcopy(PUBLISHED[family])
    if layers is not None:
        config.num_hidden_layers = layers
    torch.manual_seed(7)
    return FAMILIES[family].empty(config).eval()


def compare(encoder: PreTrainedModel, *, rows_per_task: int, say: Callable[[str], None] = lambda _: None) -> Differences:
    """Packs, exports and compares. The encoder gets its weights as the graphs see them (8-bit,
    dequantised), so that `transformers` computes with the same."""
    config, backbone = encoder.config, backbone_of(encoder.config)
    torch.manual_seed(8)
    half = (0.5,) * config.num_channels if backbone.reads_images else ()
    image = backbone.form(config, half, half) if backbone.reads_images else None
    model = MultiExitModel(encoder, every_task(backbone, image), pooled_width=64, image=image).eval()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        spec, file = ModelSpec.of(model), pack_weights(model)
        file.write(folder)
        graphs = {"states": states_graph(spec, file), "sweep": sweep_graph(spec, file), "exit": ExitGraph(spec, file, "fp32").build()}
        for name, built in graphs.items():
            save_graph(built, folder / f"{name}.onnx", name)
        dequantise_into(model, file)
        rows = _rows(model, rows_per_task)
        say(f"graphs written; running {len(rows)} rows")
        return _compare(model, rows, lambda name: open_session(folder / f"{name}.onnx"))


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


def _rows(model: MultiExitModel, per_task: int) -> list[ReferenceRow]:
    if model.image is not None:
        return invented_images(model.tasks, model.image, per_task=per_task)
    vocabulary = min(20_000, model.encoder.config.vocab_size)
    return invented_rows(model.tasks, vocabulary=vocabulary, first_id=10, ends=(8, 9), per_task=per_task)


@torch.inference_mode()
def _compare(model: MultiExitModel, rows: list[ReferenceRow], session: Callable[[str], InferenceSession]) -> Differences:
    plain = batch_feeds(rows, model.tasks, pad=3)
    states = run_graph(session("states"), plain)["all_states"]
    swept = run_graph(session("sweep"), plain)
    wanted = [_states(model, row) for row in rows]
    logits = [row_logits(model, row) for row in rows]
    differences = [_largest(states[:, i, : w.shape[1]] - w) for i, w in enumerate(wanted)]
    parts = []
    for i, (row, one) in enumerate(zip(rows, logits)):
        if one.pooled is not None:
            parts.append(_largest(swept["all_pooled_logits"][:, i, model.tasks.slice_of(row.task)] - one.pooled))
        else:
            parts.append(_largest(swept["all_tag_logits"][:, i, : len(row.token_ids)] - one.tags))
    at_exit, exits, wrong = _exits(model, rows, logits, session("exit"))
    return Differences(max(differences), max(parts), at_exit, exits, wrong, max(map(_largest, wanted)))


def _largest(values: np.ndarray) -> float:
    return float(np.abs(values).max())


def _states(model: MultiExitModel, row: ReferenceRow) -> np.ndarray:
    """What `transformers` says of one row without padding: what heads read, [L, S, H]."""
    pixels = row.pixels
    inputs = {"input_ids": torch.tensor([row.token_ids])} if pixels is None else {"pixel_values": torch.from_numpy(pixels[None])}
    output = model.encoder(**inputs, output_hidden_states=True)
    return torch.stack([*output.hidden_states[1:-1], output.last_hidden_state])[:, 0].numpy()


def _exits(model: MultiExitModel, rows: list[ReferenceRow], logits: list[RowLogits], session: InferenceSession) -> tuple[float, int, int]:
    """Largest difference at the exits, exits compared, exits wrong; batches mix all policies."""
    largest, compared, wrong = 0.0, 0, 0
    for shift in range(len(POLICIES)):
        policies = [POLICIES[(i + shift) % len(POLICIES)] for i in range(len(rows))]
        out = run_graph(session, batch_feeds(rows, model.tasks, policies, layers=model.layers))
        for i, (row, one, policy) in enumerate(zip(rows, logits, policies)):
            if not decisive(one, row, model.tasks, policy):
                continue
            gone = exit_of(one, row, model.tasks, policy)
            compared += 1
            wrong += (int(out["exit_layer"][i]), REASONS[out["exit_reason"][i]]) != (gone.layer, gone.reason)
            largest = max(largest, abs(float(out["entropy"][i]) - gone.entropy))
            if one.pooled is not None:
                own = out["pooled_logits"][i, model.tasks.slice_of(row.task)]
                largest = max(largest, _largest(own - one.pooled[gone.layer - 1]))
            else:
                wrong += out["tag_ids"][i, : len(row.token_ids)].tolist() != gone.tags
    return largest, compared, wrong

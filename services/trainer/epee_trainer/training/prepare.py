"""What a training run begins with: data, tokenizer, tasks and a model, as its config says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer
from transformers import PreTrainedModel

from epee_trainer.model.backbones import Backbone, ImageForm, backbone_of, family_of_folder, load_encoder
from epee_trainer.model.checkpoint import load_any, start_from
from .config import TrainConfig
from epee_trainer.data.datasets import FileData
from epee_trainer.recipes.clinical_notes.mixture import ClinicalNotes
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.data.rows import Encoder
from epee_trainer.data.vocabulary import open_tokenizer, train_tokenizer, with_markers


@dataclass(frozen=True)
class Prepared:
    """A model with what feeds it. `encoder` and `tokenizer_json` are None for images."""

    source: FileData | ClinicalNotes
    model: MultiExitModel
    encoder: Encoder | None
    tokenizer_json: Path | None


def prepare(config: TrainConfig) -> Prepared:
    """Reads the data, makes or loads tokenizer and encoder. A vocabulary made from training texts is kept in the run folder, and taken from there when a run
    goes on. Raises FileNotFoundError and ValueError naming what is missing or wrong."""
    if config.init:
        return _from_model(config, Path(config.init))
    if config.base:
        family_of_folder(Path(config.base))
    source = _source(config)
    if config.backbone().reads_images:
        return _images(config, source)
    backbone = config.backbone()
    tokenizer, unchanged = _tokenizer(config, source, backbone)
    before = tokenizer.get_vocab_size(with_added_tokens=True)
    markers = with_markers(tokenizer) if source.has_relations else {}
    vocabulary = tokenizer.get_vocab_size(with_added_tokens=True)
    path = unchanged if unchanged is not None and vocabulary == before else _kept(tokenizer, Path(config.run))
    encoder = load_encoder(Path(config.base)) if config.base else backbone.empty(backbone.config_of(config.sizes(vocabulary, None)))
    _check_lengths(config, encoder)
    if vocabulary > encoder.config.vocab_size:
        encoder.resize_token_embeddings(vocabulary)
    return Prepared(source, MultiExitModel(encoder, source.tasks(markers, None)), Encoder(path, backbone), path)


def _source(config: TrainConfig) -> FileData | ClinicalNotes:
    return FileData(config.tasks, Path(config.data), config.heldOutPercent) if config.tasks else ClinicalNotes(Path(config.data))


def _from_model(config: TrainConfig, folder: Path) -> Prepared:
    """A model to train on: its weights, its tokenizer, its image form."""
    source, first = _source(config), load_any(folder, "init")
    path = None if first.backbone.reads_images else folder / "tokenizer.json"
    markers = with_markers(open_tokenizer(folder, first.backbone)) if path is not None and source.has_relations else {}
    model = start_from(folder, source.tasks(markers, first.image))
    return Prepared(source, model, None if path is None else Encoder(path, model.backbone), path)


def _images(config: TrainConfig, source: FileData | ClinicalNotes) -> Prepared:
    if config.base:
        encoder = load_encoder(Path(config.base))
        image = backbone_of(encoder.config).form(encoder.config, *_normalisation(Path(config.base), encoder.config.num_channels))
    else:
        image = config.image_form()
        backbone = config.backbone()
        encoder = backbone.empty(backbone.config_of(config.sizes(0, image)))
    return Prepared(source, MultiExitModel(encoder, source.tasks({}, image), image=image), None, None)


def _tokenizer(config: TrainConfig, source: FileData | ClinicalNotes, backbone: Backbone) -> tuple[Tokenizer, Path | None]:
    """The tokenizer, and the file that it was read from as it stands."""
    kept = Path(config.run) / "tokenizer.json"
    if config.base and (Path(config.base) / "tokenizer.json").exists():
        return open_tokenizer(Path(config.base), backbone), Path(config.base) / "tokenizer.json"
    if kept.exists():
        return Tokenizer.from_file(str(kept)), kept
    if config.base:
        return open_tokenizer(Path(config.base), backbone), None
    if config.tokenizer:
        if not Path(config.tokenizer).is_file():
            raise FileNotFoundError(f"tokenizer {config.tokenizer} is missing: name a tokenizer.json")
        return Tokenizer.from_file(config.tokenizer), Path(config.tokenizer)
    return train_tokenizer(backbone, source.texts(), config.vocabulary), None


def _kept(tokenizer: Tokenizer, run: Path) -> Path:
    run.mkdir(parents=True, exist_ok=True)
    partial = run / "tokenizer.partial"
    partial.write_text(tokenizer.to_str())
    return partial.replace(run / "tokenizer.json")


def _check_lengths(config: TrainConfig, encoder: PreTrainedModel) -> None:
    limit = encoder.config.max_position_embeddings
    for i, source in enumerate(config.tasks):
        if source.maxTokens > limit:
            raise ValueError(f"tasks.{i}.maxTokens ({source.maxTokens}) is beyond the {limit} positions of base {config.base}")


def _normalisation(base: Path, channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of a Hugging Face folder's preprocessor_config.json; 0.5 without one."""
    path = base / "preprocessor_config.json"
    given = json.loads(path.read_text()) if path.exists() else {}
    return tuple(given.get("image_mean", [0.5] * channels)), tuple(given.get("image_std", [0.5] * channels))

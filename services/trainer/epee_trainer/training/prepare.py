"""What a training run begins with: data, tokenizer, tasks and a model, as its config says."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from epee_trainer.data.files import FileData, RunData
from epee_trainer.data.rows import Encoder
from epee_trainer.data.vocabulary import open_tokenizer, train_tokenizer, with_markers
from epee_trainer.export.reading import load_any
from epee_trainer.model.backbones import Backbone, backbone_of, empty_encoder, family_of_folder, load_encoder
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TaskSet

from .config import TrainConfig

Recipe = Callable[[TrainConfig], RunData]
"""Makes the data of a config without `tasks`."""


@dataclass(frozen=True)
class Prepared:
    """A model with what feeds it. `encoder` and `tokenizer_json` are None for images."""

    data: RunData
    model: MultiExitModel
    encoder: Encoder | None
    tokenizer_json: Path | None


def prepare(config: TrainConfig, recipe: Recipe | None = None) -> Prepared:
    """Reads the data, makes or loads tokenizer and encoder. A vocabulary made from training texts
    is kept in the run folder, and taken from there when a run resumes. Raises FileNotFoundError and
    ValueError naming what is missing or wrong."""
    if config.init:
        return _from_model(config, Path(config.init), _data(config, recipe))
    if config.base:
        family_of_folder(Path(config.base))
    data, backbone = _data(config, recipe), config.backbone()
    if backbone.reads_images:
        return _images(config, data)
    if config.warmStart:
        return _warm(Path(config.warmStart), data)
    tokenizer, unchanged = _tokenizer(config, data, backbone)
    before = tokenizer.get_vocab_size(with_added_tokens=True)
    markers = with_markers(tokenizer) if data.has_relations else {}
    vocabulary = tokenizer.get_vocab_size(with_added_tokens=True)
    path = unchanged if unchanged is not None and vocabulary == before else _kept(tokenizer, Path(config.run))
    encoder = load_encoder(Path(config.base)) if config.base else backbone.empty(backbone.config_of(config.sizes(vocabulary, None)))
    _check_lengths(config, encoder)
    if vocabulary > encoder.config.vocab_size:
        encoder.resize_token_embeddings(vocabulary)
    return Prepared(data, MultiExitModel(encoder, data.tasks(markers, None)), Encoder(path, backbone), path)


def _data(config: TrainConfig, recipe: Recipe | None) -> RunData:
    if config.tasks:
        return FileData(config.tasks, Path(config.data), config.heldOutPercent)
    if recipe is None:
        raise ValueError("tasks is missing: without the recipe of its data, a config names data files")
    return recipe(config)


def _from_model(config: TrainConfig, folder: Path, data: RunData) -> Prepared:
    """A model to train on: its weights, its tokenizer, its image form."""
    first = load_any(folder, "init")
    path = None if first.backbone.reads_images else folder / "tokenizer.json"
    markers = with_markers(open_tokenizer(folder, first.backbone)) if path is not None and data.has_relations else {}
    model = start_from(folder, data.tasks(markers, first.image))
    return Prepared(data, model, None if path is None else Encoder(path, model.backbone), path)


def start_from(folder: Path, tasks: TaskSet) -> MultiExitModel:
    """A model with the weights of a run or a package. Raises ValueError if it has other tasks."""
    source = load_any(folder, "init")
    if source.tasks.to_json() != tasks.to_json():
        raise ValueError(f"{folder} was trained for other tasks or labels; train from `base` alone")
    config = {**source.encoder.config.to_dict(), **dict.fromkeys(source.backbone.attention_dropout_keys, 0.0)}
    model = MultiExitModel(empty_encoder(config), tasks, source.pooled_width, source.image)
    model.load_state_dict(source.state_dict())
    return model


def _warm(folder: Path, data: RunData) -> Prepared:
    source = load_any(folder, "warmStart")
    path = folder / "tokenizer.json"
    markers = with_markers(open_tokenizer(folder, source.backbone)) if data.has_relations else {}
    model = warm_start(source, data.tasks(markers, None))
    return Prepared(data, model, Encoder(path, model.backbone), path)


def warm_start(source: MultiExitModel, tasks: TaskSet) -> MultiExitModel:
    """A model for other tasks with the encoder of a trained one, and of its heads what both have:
    the labels of tasks and tag groups of the same names. The rest starts from nothing."""
    config = {**source.encoder.config.to_dict(), **dict.fromkeys(source.backbone.attention_dropout_keys, 0.0)}
    model = MultiExitModel(empty_encoder(config), tasks, source.pooled_width)
    model.encoder.load_state_dict(source.encoder.state_dict())
    pooled, tags = _shared_labels(source.tasks, tasks)
    own, known = model.state_dict(), source.state_dict()
    same_dense = own["pooled_heads.0.dense.weight"].shape == known["pooled_heads.0.dense.weight"].shape
    for layer in range(model.layers):
        for part in ("weight", "bias"):
            if same_dense:
                own[f"pooled_heads.{layer}.dense.{part}"].copy_(known[f"pooled_heads.{layer}.dense.{part}"])
                _copy_labels(own[f"pooled_heads.{layer}.out.{part}"], known[f"pooled_heads.{layer}.out.{part}"], pooled)
            _copy_labels(own[f"tag_heads.{layer}.{part}"], known[f"tag_heads.{layer}.{part}"], tags)
    return model


def _copy_labels(own: torch.Tensor, known: torch.Tensor, places: list[tuple[int, int]]) -> None:
    for to, of in places:
        own[to] = known[of]


def _shared_labels(source: TaskSet, tasks: TaskSet) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Places of the labels that both have, in the pooled logits and in those of the tags: (own,
    the source's)."""

    def places(all_tasks: TaskSet) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
        pooled = [(t.name, label) for t in all_tasks.tasks if t.pooled for label in t.labels]
        tags = [(group.name, label) for group in all_tasks.groups for label in group.labels]
        return {name: i for i, name in enumerate(pooled)}, {name: i for i, name in enumerate(tags)}

    own, known = places(tasks), places(source)
    pooled, tags = ([(i, other[name]) for name, i in mine.items() if name in other] for mine, other in zip(own, known))
    return pooled, tags


def _images(config: TrainConfig, data: RunData) -> Prepared:
    if config.base:
        encoder = load_encoder(Path(config.base))
        mean, std = _normalisation(Path(config.base), encoder.config.num_channels)
        image = backbone_of(encoder.config).form(encoder.config, mean, std)
    else:
        image, backbone = config.image_form(), config.backbone()
        encoder = backbone.empty(backbone.config_of(config.sizes(0, image)))
    return Prepared(data, MultiExitModel(encoder, data.tasks({}, image), image=image), None, None)


def _tokenizer(config: TrainConfig, data: RunData, backbone: Backbone) -> tuple[Tokenizer, Path | None]:
    """The tokenizer, and the file that it was read from as it is."""
    base, kept = Path(config.base or ""), Path(config.run) / "tokenizer.json"
    if config.base and (base / "tokenizer.json").exists():
        return open_tokenizer(base, backbone), base / "tokenizer.json"
    if kept.exists():
        return Tokenizer.from_file(str(kept)), kept
    if config.base:
        return open_tokenizer(base, backbone), None
    if config.tokenizer:
        if not Path(config.tokenizer).is_file():
            raise FileNotFoundError(f"tokenizer {config.tokenizer} is missing: name a tokenizer.json")
        return Tokenizer.from_file(config.tokenizer), Path(config.tokenizer)
    return train_tokenizer(backbone, data.texts(), config.vocabulary), None


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

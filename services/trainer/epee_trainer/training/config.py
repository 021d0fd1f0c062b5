"""Training configs: JSON files, read and checked as a whole before anything is loaded."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from epee_trainer.data.keys import Range, key_problems
from epee_trainer.data.sources import TaskSource
from epee_trainer.model.backbones import FAMILIES, Backbone, ImageForm, Sizes, family_of_folder
from epee_trainer.model.tasks import family_problem

_PATHS = ("base", "data", "run", "init", "firstModel", "teacher", "tokenizer", "warmStart")
_LAYER_WEIGHTS = ("equal", "asc", "half-last", "last")
_RECIPE_KEYS = ("firstModel", "fragments", "abstracts", "swaps")
_RECIPE_ROWS = (
    "notes",
    "cases",
    "trials",
    "diseases",
    "chemicals",
    "drugs",
    "phrases",
    "events",
    "swapped",
    "negatives",
    "abstracts",
    "relations",
    "pairs",
    "sections",
)
"""Kinds of rows of the recipe of clinical-notes."""

_SHARES = ("dropout", "teacherShare", "learningRate", "headLearningRate", "weightDecay", "warmupShare", "distill", "maskTokens")
_LIMITS: dict[str, Range] = {
    **dict.fromkeys(("epochs", "hidden", "heads", "intermediate", "embedding", "vocabulary", "batchTokens", "distillFromEpoch"), (1, None)),
    **dict.fromkeys(("abstracts", "swaps", "rowsPerEpoch"), (0, None)),
    **dict.fromkeys(_SHARES, (0, 1)),
    **dict.fromkeys(("imageSize", "patch"), (1, 4096)),
    "layers": (1, 255),
    "frozenLayers": (0, 255),
    "positions": (3, 65_536),
    "channels": (1, 3),
    "imageShift": (0, 4096),
    "teacherTemperature": (0.01, 1000),
    "seed": (0, 2**32 - 1),
    "averageDecay": (0, 0.99999),
    "heldOutPercent": (1, 99),
}
"""Layers, positions and image sizes are those that a manifest may have
(shared/adapters/engine/package/manifest-schema.ts)."""


@dataclass(frozen=True)
class TrainConfig:
    """What a training run does: the keys of a config. Paths are relative to the config's folder."""

    name: str  # of the model: its package is called so
    data: str  # folder of the data files
    run: str  # folder of the run: made, or resumed
    epochs: int
    # Encoder: a Hugging Face folder of a BERT, ALBERT, GPT-2 or ViT model,
    base: str | None = None
    # or one from nothing, of a family and its sizes. `embedding` is ALBERT's, the last three are
    # ViT's.
    family: str | None = None
    layers: int | None = None
    hidden: int | None = None
    heads: int | None = None
    intermediate: int | None = None  # 4 x hidden if left out
    embedding: int = 128
    dropout: float = 0.1
    positions: int = 512
    vocabulary: int = 8000  # tokens to make from the training texts
    tokenizer: str | None = None  # a tokenizer.json instead
    imageSize: int | None = None
    patch: int | None = None
    channels: int = 1
    # Data: files (data/sources.py), or the recipe of clinical-notes if there are none.
    tasks: tuple[TaskSource, ...] = ()
    # A run folder or a model package with the same tasks, of any family. Its last head's
    # probabilities at the temperature make up the share of the labels' part of the loss.
    teacher: str | None = None
    teacherShare: float = 0.5
    teacherTemperature: float = 2.0
    seed: int = 1  # of everything that is drawn
    # AdamW. Both rates rise over `warmupShare` of the steps and then fall to 0.
    learningRate: float = 2e-4  # of the encoder
    headLearningRate: float = 1e-3  # of the exit heads
    weightDecay: float = 0.01
    warmupShare: float = 0.1
    batchTokens: int = 1536  # padded tokens per batch, each batch of one task
    # `asc`: w_i = i, the authors' choice. `half-last`: half for the last layer, the other half as
    # `asc`, which is what alternating between the last layer's loss and the joint loss comes to
    # (BERxiT, Xin et al. 2021). `last`: a single-exit fine-tune.
    layerWeights: str = "equal"
    frozenLayers: int = 0  # so many first layers, and the embeddings, keep their weights
    # Share of an early head's loss that comes from the last head's probabilities instead of the
    # labels, from an epoch (from 1) on: an untrained last head teaches nothing.
    distill: float = 0.0
    distillFromEpoch: int = 1
    maskTokens: float = 0.0  # augmentation: share of tokens replaced by [MASK]
    imageShift: int = 0  # augmentation: images are moved by up to so many pixels
    averageDecay: float = 0.995  # of the weights' moving average, which is what a run keeps
    heldOutPercent: int = 8  # of the training documents, for choosing thresholds
    # A run folder or model package of the same tasks whose weights and tokenizer training starts
    # from; `base` then only names where they came from.
    init: str | None = None
    # A run folder or model package, which may have other tasks, whose encoder and tokenizer
    # training starts from, and whose heads where names and labels agree.
    warmStart: str | None = None
    # Of the recipe of clinical-notes alone (recipes/clinical_notes): a run folder or package that
    # weeds the negatives; pieces of sentences without a trigger among the negatives (true if left
    # out); sentences of abstracts to make; copies of each sentence with other arguments to make.
    firstModel: str | None = None
    fragments: bool | None = None
    abstracts: int = 0
    swaps: int = 0
    compile: bool = False  # with torch.compile (needs a C++ compiler; a minute or two at the start)
    # Rows drawn per epoch, by kind: a task's name, or one of the recipe's. All, if a kind has
    # fewer.
    rowsPerEpoch: dict[str, int] | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads a JSON file. Raises ValueError naming the file and the key that is unknown,
        missing, out of its limits or does not go with the others."""
        given = _read_object(path)
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(given) - known)
        missing = sorted({"name", "data", "run", "epochs"} - set(given))
        if unknown or missing:
            raise ValueError(f"{path}: unknown keys {unknown}, missing keys {missing}; known: {sorted(known)}")
        if problems := key_problems(cls, given, _LIMITS):
            raise ValueError(f"{path}: {'; '.join(problems)}")
        for key in _PATHS:
            if given.get(key):
                given[key] = str((path.parent / given[key]).resolve())
        given["tasks"] = tuple(TaskSource.read(item, f"{path}: tasks.{i}") for i, item in enumerate(given.get("tasks", ())))
        config = cls(**given)
        if problems := config.problems():
            raise ValueError(f"{path}: {'; '.join(problems)}")
        return config

    def problems(self) -> list[str]:
        """What does not go together, each by its key."""
        if self.layerWeights not in _LAYER_WEIGHTS:
            return [f"layerWeights must be equal, asc, half-last or last, not {self.layerWeights!r}"]
        return self._encoder_problems() or [*self._task_problems(self.backbone()), *self._teacher_problems()]

    def backbone(self) -> Backbone:
        """The family: that of `init` or `base`, or `family`."""
        for source in (self.init, self.warmStart):
            if source is not None and (described := _described(Path(source))) is not None:
                return FAMILIES[described]
        if self.base is None or not (Path(self.base) / "config.json").exists():
            return FAMILIES[self.family or "bert"]
        return family_of_folder(Path(self.base))

    def _encoder_problems(self) -> list[str]:
        if self.family is not None and self.family not in FAMILIES:
            return [f"family must be one of {', '.join(FAMILIES)}, not {self.family!r}"]
        if self.base is not None or self.init is not None or self.warmStart is not None:
            found = self.backbone().family
            key = "init" if self.init is not None else "warmStart" if self.warmStart is not None else "base"
            return [] if self.family in (None, found) else [f"family is {self.family}, but {key} is a {found} model"]
        if self.family is None:
            return ["base is missing: name a Hugging Face folder, or family, layers, hidden and heads for an encoder from nothing"]
        needed = ("layers", "hidden", "heads") + (("imageSize", "patch") if FAMILIES[self.family].reads_images else ())
        problems = [f"{key} is missing: an encoder from nothing needs it" for key in needed if getattr(self, key) is None]
        if self.hidden and self.heads and self.hidden % self.heads:
            problems.append(f"hidden ({self.hidden}) must be a multiple of heads ({self.heads})")
        if self.imageSize and self.patch and (self.imageSize % self.patch or self.imageSize == self.patch):
            problems.append(f"patch ({self.patch}) must divide imageSize ({self.imageSize}) into several patches")
        if self.channels not in (1, 3):
            problems.append(f"channels must be 1 (grey) or 3 (colour), not {self.channels}")
        return problems

    def _task_problems(self, backbone: Backbone) -> list[str]:
        family, names = backbone.family, [source.name for source in self.tasks]
        kinds = [(f"tasks.{i}.kind", source.task_kind) for i, source in enumerate(self.tasks)]
        # The recipe of clinical-notes tags.
        problems = [f"{key}: {problem}" for key, kind in kinds or [("tasks", "tagging")] if (problem := family_problem(kind, backbone))]
        problems += [f"tasks: two are called {name}" for name in sorted({n for n in names if names.count(n) > 1})]
        if sum(kind == "tagging" for _, kind in kinds) > 1:
            problems.append("tasks: a model has at most one task that tags (kind event)")
        if self.maskTokens and "mask" not in backbone.special_tokens:
            problems.append(f"maskTokens: {family} has no [MASK]")
        if self.frozenLayers and family == "albert":
            problems.append("frozenLayers: the layers of albert share their weights")
        if self.imageShift and not backbone.reads_images:
            problems.append(f"imageShift: {family} reads text")
        wrong = [key for key in _RECIPE_KEYS if self.tasks and getattr(self, key)]
        problems += [f"{key} belongs to the mixture of clinical-notes, not to tasks" for key in wrong]
        rows = ", ".join(names or _RECIPE_ROWS)
        unknown = [kind for kind in self.rowsPerEpoch or {} if kind not in (names or _RECIPE_ROWS)]
        problems += [f"rowsPerEpoch.{kind} is no kind of row; there are {rows}" for kind in unknown]
        longest = max((source.maxTokens for source in self.tasks if source.kind != "image"), default=0)
        if self.base is None and self.init is None and not backbone.reads_images and longest > self.positions:
            problems.append(f"positions ({self.positions}) must be at least the longest maxTokens ({longest})")
        return problems

    def _teacher_problems(self) -> list[str]:
        if self.teacher is None:
            return []
        if not self.tasks:
            return ["teacher: only for tasks from data files (tasks)"]
        if not 0 < self.teacherShare <= 1:
            return [f"teacherShare must be over 0 and at most 1, not {self.teacherShare}"]
        return []

    def sizes(self, vocabulary: int, image: ImageForm | None) -> Sizes:
        """Sizes of an encoder from nothing."""
        return Sizes(
            layers=_given(self.layers),
            hidden=_given(self.hidden),
            heads=_given(self.heads),
            intermediate=self.intermediate,
            embedding=self.embedding,
            vocabulary=vocabulary,
            positions=self.positions,
            dropout=self.dropout,
            image=image,
        )

    def image_form(self) -> ImageForm:
        """Images of a model from nothing."""
        size, half = _given(self.imageSize), (0.5,) * self.channels
        return ImageForm(size, size, self.channels, _given(self.patch), half, half)

    def public(self) -> dict[str, Any]:
        """For the run folder and the manifest: folders by their names alone."""
        config = {key: value for key, value in asdict(self).items() if value is not None}
        return {**config, **{key: Path(config[key]).name for key in _PATHS if config.get(key)}}


def _given(value: int | None) -> int:
    """A key that `problems` asks for."""
    if value is None:
        raise ValueError("an encoder from nothing needs its sizes")
    return value


def _read_object(path: Path) -> dict[str, Any]:
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno}: not JSON") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 (byte {error.start + 1})") from None
    if not isinstance(given, dict):
        raise ValueError(f"{path}: must be a JSON object")
    return given


def _described(folder: Path) -> str | None:
    """The family of a run folder or model package; None if it is not there yet."""
    if (folder / "manifest.json").exists():
        return str(json.loads((folder / "manifest.json").read_text())["backbone"]["family"])
    return family_of_folder(folder).family if (folder / "config.json").exists() else None

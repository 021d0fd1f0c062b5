"""Sizes of an encoder from nothing, and the form of the images that a model reads."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class ImageForm:
    """What an image model reads: `width` x `height` pixels in `channels` (1 grey, 3 colour), cut
    into squares of `patch` pixels, each channel normalised as (byte / 255 - mean) / std. The
    manifest says the same to the engine."""

    width: int
    height: int
    channels: int
    patch: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def tokens(self) -> int:
        """Length of every row: patches and [CLS]."""
        return (self.width // self.patch) * (self.height // self.patch) + 1

    def to_json(self) -> dict[str, Any]:
        """As the manifest writes it."""
        return {**asdict(self), "mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_json(cls, item: dict[str, Any]) -> Self:
        """The reverse of `to_json`."""
        return cls(**{**item, "mean": tuple(item["mean"]), "std": tuple(item["std"])})


@dataclass(frozen=True)
class Sizes:
    """An encoder's sizes. `intermediate` None: four times `hidden`; `embedding`: ALBERT's narrow
    embeddings; `vocabulary` and `positions` are of text encoders, `image` of image encoders."""

    layers: int
    hidden: int
    heads: int
    intermediate: int | None = None
    embedding: int = 128
    vocabulary: int = 0
    positions: int = 512
    dropout: float = 0.1
    image: ImageForm | None = None

    @property
    def feed_forward(self) -> int:
        """Width of the feed-forward layers."""
        return self.intermediate or 4 * self.hidden

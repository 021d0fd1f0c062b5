"""The multi-exit model: one encoder, an exit head after every layer for every task."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from .backbones import ImageForm, backbone_of
from .tasks import TaskSet


@dataclass(frozen=True)
class Batch:
    """Rows of one or several tasks, right-padded. Shapes (B rows, S tokens): `input_ids` int64 [B,
    S]; `lengths` int64 [B]; `word_mask` bool [B, S], true at the first token of each word of
    tagging rows; `markers` int64 [B, 2], the positions of the head's and the tail's opening marker
    of relation rows, else 0. Images: `pixels` float32 [B, C, H, W], and `input_ids` without
    tokens."""

    input_ids: Tensor
    lengths: Tensor
    word_mask: Tensor
    markers: Tensor
    pixels: Tensor | None = None


@dataclass(frozen=True)
class LayerLogits:
    """Logits of every exit head: `pooled` [L, B, Cp] with the labels of all pooled tasks one after
    the other, `tags` [L, B, S, Ct] with those of all tag groups."""

    pooled: Tensor
    tags: Tensor


@dataclass(frozen=True)
class Places:
    """What pooled heads look at: `mask` float [B, S] of real tokens; `anchors` int64 [B], [CLS] or,
    behind a causal encoder, the last real token; `markers` int64 [B, 2]."""

    mask: Tensor
    anchors: Tensor
    markers: Tensor


class PooledHead(nn.Module):
    """The anchor, in models of relations both entity markers, and the mean of the real tokens ->
    dense + GELU -> logits of all pooled tasks."""

    def __init__(self, hidden: int, width: int, labels: int, *, markers: bool):
        super().__init__()
        self.markers = markers
        self.dense = nn.Linear((4 if markers else 2) * hidden, width)
        self.out = nn.Linear(width, labels)

    def forward(self, states: Tensor, places: Places) -> Tensor:
        """`states` [B, S, H] -> [B, labels]."""
        rows = torch.arange(states.shape[0], device=states.device)
        mean = (states * places.mask.unsqueeze(-1)).sum(1) / places.mask.sum(1, keepdim=True)
        picked = [places.anchors, places.markers[:, 0], places.markers[:, 1]] if self.markers else [places.anchors]
        pooled = torch.cat([*(states[rows, place] for place in picked), mean], dim=-1)
        return self.out(nn.functional.gelu(self.dense(pooled)))


class MultiExitModel(nn.Module):
    """An encoder with exit heads after every layer (EPEE, arXiv 2503.02053, section 3). Tag heads
    are linear on each token's state. `image` is the form of the images that an image encoder reads.
    Raises ValueError for a task that the encoder's family cannot have."""

    def __init__(self, encoder: PreTrainedModel, tasks: TaskSet, pooled_width: int = 128, image: ImageForm | None = None):
        super().__init__()
        self.encoder = encoder
        self.backbone = backbone_of(encoder.config)
        self.tasks = tasks
        self.pooled_width = pooled_width
        self.image = image
        tasks.check_family(self.backbone)
        hidden, layers = encoder.config.hidden_size, encoder.config.num_hidden_layers
        sizes = (hidden, pooled_width, tasks.pooled_labels)
        self.pooled_heads = nn.ModuleList(PooledHead(*sizes, markers=tasks.has_relations) for _ in range(layers))
        self.tag_heads = nn.ModuleList(nn.Linear(hidden, tasks.tag_labels) for _ in range(layers))

    @property
    def layers(self) -> int:
        """Depth of the encoder."""
        return int(self.encoder.config.num_hidden_layers)

    def hidden_states(self, batch: Batch) -> list[Tensor]:
        """States after each layer, L times [B, S, H]."""
        if batch.pixels is not None:
            return self.backbone.states(self.encoder, batch.pixels, None)
        return self.backbone.states(self.encoder, batch.input_ids, self._real(batch))

    def places(self, batch: Batch) -> Places:
        """What the pooled heads look at."""
        anchors = batch.lengths - 1 if self.backbone.causal else torch.zeros_like(batch.lengths)
        return Places(self._real(batch).to(self.encoder.dtype), anchors, batch.markers)

    def _real(self, batch: Batch) -> Tensor:
        tokens = batch.input_ids.shape[1] if self.image is None else self.image.tokens
        positions = torch.arange(tokens, device=batch.lengths.device)
        return (positions.unsqueeze(0) < batch.lengths.unsqueeze(1)).long()

    def forward(self, batch: Batch, *, pooled: bool = True, tags: bool = True) -> LayerLogits:
        """Logits after every layer; a kind that is not asked for comes back empty."""
        states, places = self.hidden_states(batch), self.places(batch)
        empty = torch.empty(0)
        return LayerLogits(
            pooled=torch.stack([head(s, places) for head, s in zip(self.pooled_heads, states)]) if pooled else empty,
            tags=torch.stack([head(s) for head, s in zip(self.tag_heads, states)]) if tags else empty,
        )

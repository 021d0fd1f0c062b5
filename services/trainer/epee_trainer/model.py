"""The multi-exit model: one BERT encoder, an exit head after every layer for every task."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import BertModel

from .tasks import TaskSet


@dataclass(frozen=True)
class Batch:
    """Rows of one or several tasks, right-padded.

    Shapes (B rows, S tokens): `input_ids` int64 [B, S]; `lengths` int64 [B]; `word_mask` bool [B, S], true at the first token of each word of
    tagging rows; `markers` int64 [B, 2], the positions of the head's and the tail's opening marker of relation rows, else 0.
    """

    input_ids: Tensor
    lengths: Tensor
    word_mask: Tensor
    markers: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        return Batch(*(getattr(self, name).to(device) for name in ("input_ids", "lengths", "word_mask", "markers")))


@dataclass(frozen=True)
class LayerLogits:
    """Logits of every exit head: `pooled` [L, B, Cp] with the labels of all pooled tasks in a row, `tags` [L, B, S, Ct] with those of all tag groups."""

    pooled: Tensor
    tags: Tensor


class PooledHead(nn.Module):
    """[CLS], both entity markers and the mean of the real tokens -> dense + GELU -> logits of all pooled tasks."""

    def __init__(self, hidden: int, width: int, labels: int):
        super().__init__()
        self.dense = nn.Linear(4 * hidden, width)
        self.out = nn.Linear(width, labels)

    def forward(self, states: Tensor, mask: Tensor, markers: Tensor) -> Tensor:
        """`states` [B, S, H], `mask` float [B, S] of real tokens, `markers` [B, 2] -> [B, labels]."""
        rows = torch.arange(states.shape[0], device=states.device)
        mean = (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
        pooled = torch.cat([states[:, 0], states[rows, markers[:, 0]], states[rows, markers[:, 1]], mean], dim=-1)
        return self.out(nn.functional.gelu(self.dense(pooled)))


class MultiExitModel(nn.Module):
    """BERT with exit heads after every layer (EPEE, arXiv 2503.02053, section 3). Tag heads are linear on each token's state."""

    def __init__(self, encoder: BertModel, tasks: TaskSet, pooled_width: int = 128):
        super().__init__()
        self.encoder = encoder
        self.tasks = tasks
        self.pooled_width = pooled_width
        hidden, layers = encoder.config.hidden_size, encoder.config.num_hidden_layers
        self.pooled_heads = nn.ModuleList(PooledHead(hidden, pooled_width, tasks.pooled_labels) for _ in range(layers))
        self.tag_heads = nn.ModuleList(nn.Linear(hidden, tasks.tag_labels) for _ in range(layers))

    def hidden_states(self, batch: Batch) -> tuple[list[Tensor], Tensor]:
        """States after each layer, L times [B, S, H], and the float mask [B, S] of real tokens."""
        positions = torch.arange(batch.input_ids.shape[1], device=batch.input_ids.device)
        mask = (positions.unsqueeze(0) < batch.lengths.unsqueeze(1)).long()
        output = self.encoder(input_ids=batch.input_ids, attention_mask=mask, output_hidden_states=True)
        return list(output.hidden_states[1:]), mask.to(output.hidden_states[1].dtype)

    def forward(self, batch: Batch, *, pooled: bool = True, tags: bool = True) -> LayerLogits:
        """Logits after every layer; a kind that is not asked for comes back empty."""
        states, mask = self.hidden_states(batch)
        empty = torch.empty(0)
        return LayerLogits(
            pooled=torch.stack([head(s, mask, batch.markers) for head, s in zip(self.pooled_heads, states)]) if pooled else empty,
            tags=torch.stack([head(s) for head, s in zip(self.tag_heads, states)]) if tags else empty,
        )

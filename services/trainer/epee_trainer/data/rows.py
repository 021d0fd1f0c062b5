"""Texts to model rows: tokens, words, BIO tags, entity markers. shared/pure/text does the same at
inference; both follow docs/MODELS.md."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from epee_trainer.model.backbones import FAMILIES, Backbone, ImageForm
from epee_trainer.model.multi_exit import Batch
from epee_trainer.model.tasks import TagGroup, Task, TaskSet

from .vocabulary import plain_ids, special_ids
from .words import cut_words, neutraliser

Span = tuple[str, int, int]
"""(label, start, end): code points of the text, end exclusive."""

Range = tuple[int, int]
"""First and after the last."""

IGNORED = -100
"""Target of tokens on which no tag is scored."""


@dataclass(frozen=True)
class Encoded:
    """A text in tokens without special ones: ids, code-point offsets, first token of each word."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    word_starts: list[int]

    @property
    def word_tokens(self) -> list[tuple[int, int]]:
        """First token of each word, and the token after its last."""
        return list(zip(self.word_starts, [*self.word_starts[1:], len(self.ids)]))

    def word_spans(self) -> list[tuple[int, int]]:
        """Offsets of each word: from its first token's start to its last token's end."""
        return [(self.offsets[first][0], self.offsets[after - 1][1]) for first, after in self.word_tokens]


@dataclass(frozen=True)
class Row:
    """One training or evaluation row. `words` are the positions in `ids` of each word's first
    token; `tags` holds one list per group, one tag per word. An image has normalised `pixels`
    float32 [C, H, W] and `size` tokens instead of `ids`. `soft`: a teacher's probabilities of the
    task's labels, or [words, tag labels] (see training/teacher.py). `open_labels` bool [tag
    labels]: what a word of tag `O` may be called as well, as its data does not label it."""

    task: str
    ids: list[int]
    words: tuple[int, ...] = ()
    tags: tuple[tuple[int, ...], ...] = ()
    label: int = 0
    markers: tuple[int, int] = (0, 0)
    pixels: np.ndarray | None = field(default=None, compare=False)
    size: int = 0
    soft: np.ndarray | None = field(default=None, compare=False)
    open_labels: np.ndarray | None = field(default=None, compare=False)

    @property
    def length(self) -> int:
        """Tokens; of an image its patches and [CLS]."""
        return self.size or len(self.ids)


class Encoder:
    """Tokens with words and offsets. Special tokens written in a text are plain text, as in the
    engine. `mask_id` is None in families without [MASK]; `plain`: whether an id is text."""

    def __init__(self, tokenizer_json: Path, backbone: Backbone = FAMILIES["bert"]):
        self._tokenizer = Tokenizer.from_file(str(tokenizer_json))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._neutralise = neutraliser(tokenizer_json.read_text())
        self._cuts_words = backbone.family == "bert"
        ids = special_ids(self._tokenizer, backbone)
        self.cls_id, self.sep_id, self.pad_id, self.mask_id = ids.cls, ids.sep, ids.pad, ids.mask
        self.plain = torch.tensor(plain_ids(self._tokenizer))

    def encode(self, text: str) -> Encoded:
        """Tokens of one text."""
        encoding = self._tokenizer.encode(self._neutralise(text), add_special_tokens=False)
        words = encoding.word_ids
        if not self._cuts_words:
            return Encoded(encoding.ids, *cut_words(text, encoding.offsets, words))
        starts = [i for i, word in enumerate(words) if i == 0 or word != words[i - 1]]
        return Encoded(encoding.ids, encoding.offsets, starts)

    def pooled_row(self, task: Task, text: str, label: int) -> Row:
        """A classification row: the text's first tokens."""
        return Row(task.name, self.framed(self.encode(text).ids[: task.max_tokens - 2]), label=label)

    def tagging_row(self, task: Task, text: str, spans: list[Span]) -> Row:
        """A tagging row; each group tags the spans of its own labels. Words beyond the task's
        `max_tokens` are left out (training rows are single sentences)."""
        encoded, limit = self.encode(text), task.max_tokens - 2
        starts = [s for s in encoded.word_starts if s < limit]
        word_spans = encoded.word_spans()[: len(starts)]
        own = [[span for span in spans if f"B-{span[0]}" in group.labels] for group in task.groups]
        tags = tuple(tuple(bio_tags(word_spans, some, group)) for some, group in zip(own, task.groups))
        return Row(task.name, self.framed(encoded.ids[:limit]), words=tuple(s + 1 for s in starts), tags=tags)

    def relation_row(self, task: Task, text: str, head: tuple[int, int], tail: tuple[int, int], label: int) -> Row | None:
        """A row with marker tokens around head and tail; None where it is beyond `max_tokens`."""
        encoded = self.encode(text)
        at_head, at_tail = token_range(encoded, *head), token_range(encoded, *tail)
        if at_head is None or at_tail is None or len(encoded.ids) + 6 > task.max_tokens:
            return None
        ids, (first, second) = insert_markers(encoded.ids, at_head, at_tail, task.marker_ids)
        return Row(task.name, self.framed(ids), label=label, markers=(first + 1, second + 1))

    def context(self, heading: str | None, tokens: int) -> list[int]:
        """What a row may read before its sentence: the first tokens of the heading, and [SEP]."""
        ids = self.encode(heading).ids[:tokens] if heading and tokens else []
        return [*ids, self.sep_id] if ids else []

    def framed(self, ids: list[int]) -> list[int]:
        """[CLS], the tokens, [SEP]."""
        return [self.cls_id, *ids, self.sep_id]


def bio_tags(words: list[tuple[int, int]], spans: list[Span], group: TagGroup) -> list[int]:
    """One tag per word. Spans cover words that they touch; of overlapping ones the longer wins."""
    tags = [0] * len(words)
    for label, start, end in sorted(spans, key=lambda s: s[1] - s[2]):
        covered = [i for i, (a, b) in enumerate(words) if a < end and b > start]
        if covered and not any(tags[i] for i in covered):
            tags[covered[0]] = group.labels.index(f"B-{label}")
            for i in covered[1:]:
                tags[i] = group.labels.index(f"I-{label}")
    return tags


def spans_of(tags: Iterable[int], words: list[tuple[int, int]], group: TagGroup) -> list[Span]:
    """BIO tags to spans; an I- without a B- of its label before it begins a span."""
    spans: list[Span] = []
    open_label = ""
    for tag, (start, end) in zip(tags, words):
        prefix, _, label = group.labels[tag].partition("-")
        if prefix == "I" and label == open_label:
            spans[-1] = (label, spans[-1][1], end)
        elif label:
            spans.append((label, start, end))
        open_label = label
    return spans


def token_range(encoded: Encoded, start: int, end: int) -> Range | None:
    """First token and token after the last of the words that a span touches."""
    touched = [tokens for tokens, (a, b) in zip(encoded.word_tokens, encoded.word_spans()) if a < end and b > start]
    return (touched[0][0], touched[-1][1]) if touched else None


def insert_markers(ids: list[int], head: Range, tail: Range, marker_ids: dict[str, int]) -> tuple[list[int], tuple[int, int]]:
    """The ids with marker tokens around both ranges, and the positions of both opening markers. At
    one position closing markers come before opening ones, the head's before the tail's."""
    marks = [
        (head[1], 0, 0, marker_ids["headEnd"]),
        (tail[1], 0, 1, marker_ids["tailEnd"]),
        (head[0], 1, 0, marker_ids["headStart"]),
        (tail[0], 1, 1, marker_ids["tailStart"]),
    ]
    out: list[int] = []
    openings, at = [0, 0], 0
    for position, opening, which, marker in sorted(marks):
        out += ids[at:position]
        at = position
        if opening:
            openings[which] = len(out)
        out.append(marker)
    return out + ids[at:], (openings[0], openings[1])


def collate(rows: list[Row], tasks: TaskSet, *, pad_id: int = 0, image: ImageForm | None = None) -> tuple[Batch, Tensor, Tensor]:
    """Rows of one kind as a padded batch, with labels [B] and tag targets [B, S, G] (`IGNORED`
    outside words); images have no targets."""
    labels = torch.tensor([row.label for row in rows])
    if image is not None:
        return _images(rows, image.tokens), labels, torch.zeros(0)
    size, length = len(rows), max(len(row.ids) for row in rows)
    ids = np.full((size, length), pad_id, dtype=np.int64)
    words = np.zeros((size, length), dtype=bool)
    targets = np.full((size, length, max(1, len(tasks.groups))), IGNORED, dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = row.ids
        if row.words:
            words[i, list(row.words)] = True
            targets[i, list(row.words)] = np.array(row.tags).T
    batch = Batch(
        input_ids=torch.from_numpy(ids),
        lengths=torch.tensor([len(row.ids) for row in rows]),
        word_mask=torch.from_numpy(words),
        markers=torch.tensor([row.markers for row in rows]),
    )
    return batch, labels, torch.from_numpy(targets)


def open_labels_of(rows: list[Row], tasks: TaskSet) -> Tensor | None:
    """`Row.open_labels` as bool [B, tag labels]; None where no row has any."""
    if all(row.open_labels is None for row in rows):
        return None
    none = np.zeros(tasks.tag_labels, dtype=bool)
    return torch.from_numpy(np.stack([none if row.open_labels is None else row.open_labels for row in rows]))


def _images(rows: list[Row], tokens: int) -> Batch:
    """Images as a batch; `tokens` is the length that the encoder makes of each."""
    nothing = torch.zeros((len(rows), 0), dtype=torch.int64)
    pixels = torch.from_numpy(np.stack([row.pixels for row in rows if row.pixels is not None]))
    return Batch(nothing, torch.full((len(rows),), tokens), nothing.bool(), torch.zeros((len(rows), 2), dtype=torch.int64), pixels)

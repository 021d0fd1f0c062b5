"""Notes with clinical facts, as rows of one tagging task: entities, and their assertion by word.

A data set labels some types and axes only. What it does not label teaches nothing: a word that it
leaves unmarked counts as right whether the model calls it `O` or a type that the set lacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from epee_trainer.model.tasks import TagGroup, Task

from .cuts import Sentence, cut_notes
from .examples import Example
from .jsonl import read_jsonl
from .rows import IGNORED, Encoded, Encoder, Row, bio_tags

ENTITY_TYPES = (
    *("problem", "medication", "test", "value", "procedure", "anatomy"),
    *("dose", "route", "frequency", "duration", "time", "severity"),
)
ASSERTED = ("problem", "medication", "test", "procedure")
"""Types that have axes; `action` is of medications alone."""

AXES = {
    "certainty": ("absent", "possible", "hypothetical"),
    "time": ("past", "future"),
    "subject": ("family", "other"),
    "action": ("start", "stop", "increase", "decrease", "continue", "switch", "allergy"),
}
"""Values of each axis but the default, which is `O`."""

TREATMENT_RELATIONS = ("adverse_effect", "indication")
"""Relations of a medication or procedure to a problem."""

_DEFAULTS = {"certainty": "present", "time": "current", "subject": "patient"}
_LABELLED = ("id", "text", "entities", "relations", "labelled", "meta")


@dataclass(frozen=True)
class FactSentence:
    """One sentence of a labelled note. `entities`: spans with their axes, offsets within `text`;
    `axes`: how far each axis is labelled (full, partial, none); `ignored`: ranges that teach
    nothing; `linked`: labels of the relations, also to other sentences, that its entities are in;
    `phrase`: whether type and extent of its entity are unknown; `masked`: axes by entity that
    teach nothing."""

    note: str
    text: str
    heading: str | None
    entities: tuple[dict[str, Any], ...]
    relations: tuple[dict[str, Any], ...]
    labelled: frozenset[str]
    axes: dict[str, str]
    ignored: tuple[tuple[int, int], ...] = ()
    linked: frozenset[str] = frozenset()
    phrase: bool = False
    masked: dict[str, frozenset[str]] = field(default_factory=dict)


def fact_groups() -> tuple[TagGroup, ...]:
    """The group of entities, BIO, and one group for each axis: a word of an entity carries its
    value."""
    entities = TagGroup("entity", ("O", *(f"{prefix}-{name}" for name in ENTITY_TYPES for prefix in "BI")))
    return (entities, *(TagGroup(axis, ("O", *(f"I-{value}" for value in values))) for axis, values in AXES.items()))


def read_facts(path: Path) -> list[FactSentence]:
    """The sentences of a file of labelled notes, cut by the product's cutter. Raises DataError,
    FileNotFoundError, RuntimeError."""
    notes = list(read_jsonl(path, _LABELLED))
    cuts = cut_notes([note["text"] for note in notes])
    return [found for note, cut in zip(notes, cuts) for found in _sentences(note, cut)]


def read_phrases(path: Path) -> list[FactSentence]:
    """Sentences with one marked phrase, of which certainty and subject are known: it teaches these
    axes, all other words nothing. What is uncertain counts as present there (negex)."""
    found = []
    for item in read_jsonl(path, ("id", "text", "target", "certainty", "subject")):
        target, text = item["target"], item["text"]
        entity = {"id": "target", "type": "problem", **{key: target[key] for key in ("start", "end")}}
        entity |= {axis: item[axis] for axis in ("certainty", "subject")}
        rest = ((0, target["start"]), (target["end"], len(text)))
        axes = {"certainty": "full", "time": "none", "subject": "full", "action": "none"}
        found.append(FactSentence(item["document"], text, None, (entity,), (), frozenset(ASSERTED), axes, ignored=rest, phrase=True))
    return found


def _sentences(note: dict[str, Any], cut: Sequence[Sentence]) -> Iterator[FactSentence]:
    meta = note["meta"]
    masked = {item["id"]: frozenset(item["axes"]) for item in meta.get("maskAssertion", ())}
    axes = {axis: meta.get("axes", {}).get(axis, "full") for axis in AXES}
    for sentence in cut:
        start, end = sentence.start, sentence.end
        inside = [
            {**e, "start": max(0, e["start"] - start), "end": min(end, e["end"]) - start}
            for e in note["entities"]
            if e["start"] < end and e["end"] > start
        ]
        ids = {e["id"] for e in inside}
        yield FactSentence(
            note=note["id"],
            text=note["text"][start:end],
            heading=sentence.heading,
            entities=tuple(inside),
            relations=tuple(r for r in note["relations"] if r["head"] in ids and r["tail"] in ids),
            labelled=frozenset(note["labelled"]),
            axes=axes,
            ignored=tuple((max(0, a - start), min(end, b) - start) for a, b in meta.get("ignore", ()) if a < end and b > start),
            linked=frozenset(r["label"] for r in note["relations"] if r["head"] in ids or r["tail"] in ids),
            masked={id_: own for id_, own in masked.items() if id_ in ids},
        )


def treatment_pairs(sentence: FactSentence) -> list[Example]:
    """Every pair of a medication or procedure and a problem of one sentence, as the pipeline asks
    about them: with their relation, or `none`."""
    known = {(r["head"], r["tail"]): r["label"] for r in sentence.relations if r["label"] in TREATMENT_RELATIONS}
    places = {e["id"]: (e["start"], e["end"]) for e in sentence.entities}
    heads = [e["id"] for e in sentence.entities if e["type"] in ("medication", "procedure")]
    tails = [e["id"] for e in sentence.entities if e["type"] == "problem"]
    pairs = [(head, tail) for head in heads for tail in tails]
    return [Example(sentence.note, known.get((head, tail), "none"), sentence.text, places[head], places[tail]) for head, tail in pairs]


class FactRows:
    """Makes rows of sentences with facts, for a task that has the groups of `fact_groups`."""

    def __init__(self, task: Task, encoder: Encoder):
        self._task, self._encoder = task, encoder
        self._widths = [len(group.labels) for group in task.groups]

    def rows(self, sentence: FactSentence, *, without_event: bool = False) -> list[Row]:
        """The rows of a sentence: several, one after the other, where it is longer than a row.
        Groups of events teach nothing, or `O` where it is known that no event is told of."""
        encoded = self._encoder.encode(sentence.text)
        spans = encoded.word_spans()
        tags = [self._tags(group, sentence, spans, without_event) for group in self._task.groups]
        context = self._encoder.context(sentence.heading, self._task.heading_tokens)
        open_labels = self._open(sentence)
        return [
            self._row(encoded, window, context, [own[window.start : window.stop] for own in tags], open_labels)
            for window in windows(encoded, self._task.max_tokens - 2 - len(context))
        ]

    def _row(self, encoded: Encoded, window: range, context: list[int], tags: list[list[int]], open_labels: np.ndarray) -> Row:
        places = encoded.word_tokens[window.start : window.stop]
        first, after = places[0][0], min(places[-1][1], places[0][0] + self._task.max_tokens - 2 - len(context))
        at = 1 + len(context) - first
        ids = self._encoder.framed([*context, *encoded.ids[first:after]])
        return Row(self._task.name, ids, tuple(s + at for s, _ in places), tuple(map(tuple, tags)), open_labels=open_labels)

    def _tags(self, group: TagGroup, sentence: FactSentence, words: list[tuple[int, int]], without_event: bool) -> list[int]:
        if group.name == "entity" and sentence.phrase:
            return [IGNORED] * len(words)
        if group.name == "entity":
            spans = [(e["type"], e["start"], e["end"]) for e in sentence.entities if e["type"] in sentence.labelled]
            tags = bio_tags(words, spans, group)
            return [IGNORED if _touches(word, sentence.ignored) else tag for word, tag in zip(words, tags)]
        if group.name in AXES:
            return self._axis_tags(group, sentence, words)
        return [0 if without_event else IGNORED] * len(words)

    def _axis_tags(self, group: TagGroup, sentence: FactSentence, words: list[tuple[int, int]]) -> list[int]:
        """A word outside of every entity is `O`. Where an axis is labelled in part, the default of
        an entity says nothing."""
        axis, known = group.name, sentence.axes[group.name]
        if known == "none" or not sentence.labelled & set(ASSERTED):
            return [IGNORED] * len(words)
        tags = [IGNORED if _touches(word, sentence.ignored) else 0 for word in words]
        for entity in sentence.entities:
            if entity["type"] not in (("medication",) if axis == "action" else ASSERTED):
                continue
            value = entity.get(axis) or _DEFAULTS.get(axis)
            doubtful = axis in sentence.masked.get(entity["id"], ()) or (known != "full" and value == _DEFAULTS.get(axis))
            tag = IGNORED if doubtful else group.labels.index(f"I-{value}") if value in AXES[axis] else 0
            for i, (start, end) in enumerate(words):
                if start < entity["end"] and end > entity["start"]:
                    tags[i] = tag
        return tags

    def _open(self, sentence: FactSentence) -> np.ndarray:
        """bool [tag labels]: what an unmarked word may be called."""
        labels = [(group.name, label) for group in self._task.groups for label in group.labels]
        return np.array([name == "entity" and label != "O" and label[2:] not in sentence.labelled for name, label in labels])


def windows(encoded: Encoded, capacity: int) -> list[range]:
    """Words of each row of at most `capacity` tokens, one after the other."""
    found: list[range] = []
    tokens = encoded.word_tokens
    first = 0
    for word, (_, after) in enumerate(tokens):
        if word > first and after - tokens[first][0] > capacity:
            found.append(range(first, word))
            first = word
    return [*found, range(first, len(tokens))] if tokens else []


def _touches(word: tuple[int, int], ranges: Sequence[tuple[int, int]]) -> bool:
    return any(word[0] < end and word[1] > start for start, end in ranges)

"""Turns labelled texts, as `read_jsonl` checks and gives them (jsonl.py), into examples of the tasks."""

import random
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .rows import Span

MAIN_ROLES = ("Subject", "Treatment", "Effect")
COMBINATION_ROLES = ("Combination.Drug",)
RELATION_LABELS = {
    "Treatment.Dosage": "dosage",
    "Treatment.Route": "route",
    "Treatment.Freq": "frequency",
    "Treatment.Duration": "duration",
    "Treatment.Disorder": "indication",
}
EFFECT_LABELS = {"Adverse_event": "adverse_effect", "Potential_therapeutic_event": "therapeutic_effect"}


@dataclass(frozen=True)
class TaggedText:
    """A sentence with spans for each tag group, in the order trigger, main, sub, combination."""

    id: str
    text: str
    spans: tuple[tuple[Span, ...], ...]


Roles = frozenset[str]
"""All roles that one span has."""


@dataclass(frozen=True)
class PairText:
    """A sentence with two marked entities and the label of their relation."""

    id: str
    text: str
    head: tuple[int, int]
    tail: tuple[int, int]
    label: str


def group_of(role: str) -> int:
    """Tag group of an argument role: 1 main, 2 sub, 3 combination (0 is the trigger's)."""
    if role in MAIN_ROLES:
        return 1
    return 3 if role in COMBINATION_ROLES else 2


def tagged(item: dict[str, Any]) -> TaggedText:
    """A PHEE sentence's triggers and arguments as spans by group, each once."""
    groups: list[dict[Span, None]] = [{}, {}, {}, {}]
    for event in item["events"]:
        trigger = event["trigger"]
        groups[0][(event["type"], trigger["start"], trigger["end"])] = None
        for argument in event["arguments"]:
            groups[group_of(argument["role"])][(argument["role"], argument["start"], argument["end"])] = None
    return TaggedText(item["id"], item["text"], tuple(tuple(group) for group in groups))


def drug_relations(item: dict[str, Any]) -> list[PairText]:
    """Relations of a PHEE sentence: a drug with its effect (by event type), dosage, route, frequency, duration and disorder; other pairs of a drug and
    such an argument, or of arguments that no event joins, are `none`."""
    labels: dict[tuple[tuple[int, int], tuple[int, int]], str] = {}
    drugs, tails, others = {}, {}, {}
    for event in item["events"]:
        own = [(a["role"], (a["start"], a["end"])) for a in event["arguments"]]
        own_drugs = [span for role, span in own if role == "Treatment.Drug"]
        for role, span in own:
            if role == "Treatment.Drug":
                drugs[span] = None
            elif role == "Effect" or role in RELATION_LABELS:
                tails[span] = None
                label = EFFECT_LABELS.get(event["type"]) if role == "Effect" else RELATION_LABELS[role]
                for drug in own_drugs:
                    if label:
                        labels[(drug, span)] = label
            elif role.startswith("Subject") or role == "Treatment.Time_elapsed":
                others[span] = None
    pairs = [(d, t) for d in drugs for t in tails if d != t]
    result = [PairText(item["id"], item["text"], d, t, labels.get((d, t), "none")) for d, t in pairs]
    unrelated = [(d, o) for d in drugs for o in others if d != o and o not in tails]
    keep = unrelated[zlib.crc32(item["id"].encode()) % max(1, len(unrelated)) :][:1] if unrelated else []
    return result + [PairText(item["id"], item["text"], d, o, "none") for d, o in keep]


def held_out(document_id: str, percent: int) -> bool:
    """Whether a training document is kept aside for choosing thresholds; by a hash of the id before its last `_`, so that sentences of one article stay together."""
    return zlib.crc32(document_id.rsplit("_", 1)[0].encode()) % 100 < percent


_ABBREVIATION = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|vs|e\.g|i\.e|approx|No|St|Jr|p\.o|b\.i\.d|t\.i\.d|q\.i\.d|q\.d)|\b[A-Za-z])\.$", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """Sentences of a note, for training only: lines, cut after a full stop that ends no abbreviation."""
    found = []
    for line in text.splitlines():
        parts = re.split(r"(?<=[.!?])\s+(?=[A-Z0-9\"“(])", line.strip())
        joined = ""
        for part in parts:
            joined = f"{joined} {part}".strip()
            if not _ABBREVIATION.search(joined):
                found.append(joined)
                joined = ""
        if joined:
            found.append(joined)
    return [s for s in found if re.search(r"[A-Za-z]{2}", s)]


def eventless_fragments(example: TaggedText) -> list[TaggedText]:
    """Pieces of a sentence with an event that report none: cut at commas and connectives, without trigger, and without both a treatment and an effect.

    They teach that a drug alone, or a disorder alone, in the language of case reports is no event. Arguments in them stay tagged: the same words are arguments
    in the whole sentence.
    """
    spans = [span for group in example.spans for span in group]
    cuts = [0, *(m.start() for m in re.finditer(r"[,;:] |(?<= )(?:after|following|during|associated|due|caused|induced|treated|receiving|while|who|which|and) ", example.text)), len(example.text)]
    found = []
    for i, start in enumerate(cuts):
        for end in cuts[i + 1 :]:
            if (start, end) == (0, len(example.text)):
                continue
            roles = {label for label, a, b in spans if a < end and b > start}
            crossed = any(a < cut < b for _, a, b in spans for cut in (start, end))
            treatment = any(r.startswith(("Treatment", "Combination")) for r in roles)
            trigger = roles & {"Adverse_event", "Potential_therapeutic_event", "Combination"}
            piece = example.text[start:end].strip(" ,;:")
            telling = re.search(r"induced|associated|toxic|adverse|side effect|reaction|secondary|overdose", piece, re.IGNORECASE)
            if not (crossed or trigger or telling or (treatment and "Effect" in roles)) and len(piece.split()) >= 4:
                begin = example.text.index(piece, start)
                found.append(_sentence_of(_cut_out(example, begin, begin + len(piece))))
    return found


def _sentence_of(piece: TaggedText) -> TaggedText:
    first = piece.text[0].upper()
    return replace(piece, text=(first if len(first) == 1 else piece.text[0]) + piece.text[1:] + ".")


def _cut_out(example: TaggedText, start: int, end: int) -> TaggedText:
    """The text from `start` to `end` and the spans that lie in it."""
    inside = tuple(tuple((label, a - start, b - start) for label, a, b in group if start <= a and b <= end) for group in example.spans)
    return replace(example, text=example.text[start:end], spans=inside)


def mentions(examples: Iterable[TaggedText]) -> dict[Roles, list[TaggedText]]:
    """The different phrases that one may put for another (see `swapped`) by the roles that they have, each with its spans."""
    found: dict[Roles, dict[str, TaggedText]] = {}
    for example in examples:
        for (start, end), roles in _replaceable(example).items():
            phrase = _cut_out(example, start, end)
            found.setdefault(roles, {}).setdefault(phrase.text, phrase)
    return {roles: list(phrases.values()) for roles, phrases in found.items()}


def _replaceable(example: TaggedText) -> dict[tuple[int, int], Roles]:
    """Roles by place of the arguments that no other span crosses and in which no trigger stands."""
    arguments = [span for group in example.spans[1:] for span in group]

    def whole(start: int, end: int) -> bool:
        apart = all(b <= start or end <= a for _, a, b in example.spans[0])
        return apart and all(b <= start or end <= a or (start <= a and b <= end) or (a <= start and end <= b) for _, a, b in arguments)

    places = {(start, end) for _, start, end in arguments if whole(start, end)}
    return {place: frozenset(role for role, *own in arguments if tuple(own) == place) for place in sorted(places)}


def swapped(example: TaggedText, phrases: dict[Roles, list[TaggedText]], chooser: random.Random) -> TaggedText:
    """The sentence with about half of its arguments replaced by others of the same roles: more different arguments to learn from (mention replacement,
    Dai and Adel 2020, arXiv 2010.11683)."""
    own = _replaceable(example)
    chosen: list[tuple[int, int]] = []
    for start, end in chooser.sample(list(own), len(own)):
        if own[start, end] in phrases and chooser.random() < 0.5 and all(b <= start or end <= a for a, b in chosen):
            chosen.append((start, end))
    for start, end in sorted(chosen, reverse=True):
        example = _with_phrase(example, start, end, chooser.choice(phrases[own[start, end]]))
    return example


def _with_phrase(example: TaggedText, start: int, end: int, phrase: TaggedText) -> TaggedText:
    """The sentence with a phrase, and its spans, in the place of what stood from `start` to `end`."""
    longer = len(phrase.text) - (end - start)

    def moved(group: tuple[Span, ...], brought: tuple[Span, ...]) -> tuple[Span, ...]:
        around = [(label, a + longer * (a >= end), b + longer * (b >= end)) for label, a, b in group if not (start <= a and b <= end)]
        return (*around, *((label, a + start, b + start) for label, a, b in brought))

    text = example.text[:start] + phrase.text + example.text[end:]
    return replace(example, text=text, spans=tuple(map(moved, example.spans, phrase.spans)))

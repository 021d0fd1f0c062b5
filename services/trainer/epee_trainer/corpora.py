"""Reads labelled texts (the shared/data schema: JSON lines, offsets in code points) and turns them into examples of the tasks."""

import gzip
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

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


class DataError(ValueError):
    """A data file with a bad line: names file, line and field."""


@dataclass(frozen=True)
class TaggedText:
    """A sentence with spans for each tag group, in the order trigger, main, sub, combination."""

    id: str
    text: str
    spans: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True)
class PairText:
    """A sentence with two marked entities and the label of their relation."""

    id: str
    text: str
    head: tuple[int, int]
    tail: tuple[int, int]
    label: str


def read_jsonl(path: Path, required: tuple[str, ...] = ("id", "text")) -> Iterator[dict[str, Any]]:
    """Objects of a .jsonl or .jsonl.gz file. Raises DataError naming file, line and field."""
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as lines:
        for number, line in enumerate(lines, start=1):
            try:
                item = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(f"{path}:{number}: not JSON (column {error.colno})") from None
            missing = [field for field in required if field not in item]
            if missing:
                raise DataError(f"{path}:{number}: field {missing[0]!r} is missing")
            yield item


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


def eventless_fragments(example: TaggedText) -> list[str]:
    """Pieces of a sentence with an event that report none: cut at commas and connectives, without trigger, and without both a treatment and an effect.

    They teach that a drug alone, or a disorder alone, in the language of case reports is no event.
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
                found.append(piece[0].upper() + piece[1:] + ".")
    return found

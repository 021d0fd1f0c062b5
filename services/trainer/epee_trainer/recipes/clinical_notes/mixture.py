"""The training data of `clinical-notes`: drug events and negatives, drug relations, note sections."""

import random
import re
from pathlib import Path
from typing import Iterable

import numpy as np

from .abstracts import abstract_negatives
from epee_trainer.model.backbones import ImageForm
from epee_trainer.model.checkpoint import load_any
from epee_trainer.training.config import TrainConfig
from epee_trainer.data.corpora import (
    MAIN_ROLES,
    PairText,
    TaggedText,
    drug_relations,
    eventless_fragments,
    held_out,
    mentions,
    sentences,
    swapped,
    tagged,
)
from epee_trainer.data.datasets import TrainingData, bio_group
from epee_trainer.data.jsonl import LABELLED, WITH_EVENTS, read_jsonl
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.data.rows import Encoder, Row
from epee_trainer.evaluation.sweep import sweep
from epee_trainer.model.tasks import Task, TaskSet

SUB_ROLES = (
    "Treatment.Drug",
    "Treatment.Disorder",
    "Treatment.Route",
    "Treatment.Dosage",
    "Treatment.Time_elapsed",
    "Treatment.Duration",
    "Treatment.Freq",
    "Subject.Age",
    "Subject.Gender",
    "Subject.Population",
    "Subject.Disorder",
    "Subject.Race",
)
EVENT_TYPES = ("Adverse_event", "Potential_therapeutic_event", "Combination")
SECTION_LABELS = (
    "fam/sochx genhx pastmedicalhx cc ros pastsurgical allergy medications assessment exam diagnosis disposition plan edcourse immunizations imaging gynhx "
    "other_history procedures labs"
).split()
RELATIONS = ("none", "adverse_effect", "therapeutic_effect", "dosage", "route", "frequency", "duration", "indication")
MARKERS = {"headStart": 1, "headEnd": 2, "tailStart": 3, "tailEnd": 4}
"""[unused0] to [unused3] of BERT's vocabulary."""

_HEADINGS = {
    "CHIEF COMPLAINT": "cc",
    "HISTORY OF PRESENT ILLNESS": "genhx",
    "REVIEW OF SYSTEMS": "ros",
    "PHYSICAL EXAM": "exam",
    "PHYSICAL EXAMINATION": "exam",
    "EXAM": "exam",
    "VITALS": "exam",
    "SOCIAL HISTORY": "fam/sochx",
    "FAMILY HISTORY": "fam/sochx",
    "MEDICATIONS": "medications",
    "CURRENT MEDICATIONS": "medications",
    "MEDICAL HISTORY": "pastmedicalhx",
    "SURGICAL HISTORY": "pastsurgical",
    "ALLERGIES": "allergy",
    "ASSESSMENT": "assessment",
    "IMPRESSION": "assessment",
    "PLAN": "plan",
    "PROCEDURE": "procedures",
}


def clinical_tasks(markers: dict[str, int] = MARKERS) -> TaskSet:
    """The tasks of `clinical-notes`, as the manifest lists them."""
    tails = ["Effect", "Treatment.Dosage", "Treatment.Route", "Treatment.Freq", "Treatment.Duration", "Treatment.Disorder"]
    return TaskSet(
        (
            Task("sections", "classification", 128, labels=tuple(SECTION_LABELS)),
            Task(
                "events",
                "tagging",
                128,
                groups=(
                    bio_group("trigger", EVENT_TYPES),
                    bio_group("main", MAIN_ROLES),
                    bio_group("sub", SUB_ROLES),
                    bio_group("combination", ("Combination.Drug",)),
                ),
            ),
            Task(
                "relations",
                "relation",
                160,
                labels=RELATIONS,
                relation={"markerTokenIds": markers, "candidates": [{"head": "Treatment.Drug", "tails": tails}]},
            ),
        )
    )


class TaskRows:
    """Makes rows of the clinical tasks."""

    def __init__(self, encoder: Encoder, tasks: TaskSet):
        self.encoder = encoder
        self.tasks = tasks

    def event(self, example: TaggedText) -> Row:
        """A tagging row."""
        task = self.tasks["events"]
        return self.encoder.tagging_row("events", example.text, [list(s) for s in example.spans], task.groups, task.max_tokens)

    def relation(self, pair: PairText) -> Row | None:
        """A relation row, or None where it is too long."""
        task = self.tasks["relations"]
        return self.encoder.relation_row("relations", pair.text, pair.head, pair.tail, task.labels.index(pair.label), task.relation["markerTokenIds"], task.max_tokens)

    def section(self, text: str, label: str) -> Row:
        """A classification row."""
        task = self.tasks["sections"]
        return self.encoder.pooled_row("sections", text, task.labels.index(label), task.max_tokens)

    def eventless(self, text: str) -> Row:
        """A tagging row without any span."""
        return self.event(TaggedText("", text, ((), (), (), ())))


def negative_candidates(data: Path) -> list[str]:
    """Sentences of notes and of drug reviews that a person would expect to hold no drug effect: all of aci_bench and mts_dialog, and those of psytar
    that carry no tag of an effect, wanted or not."""
    found: dict[str, None] = {}
    for name in ("aci_bench", "mts_dialog"):
        for item in read_jsonl(data / name / "train.jsonl.gz"):
            found.update(dict.fromkeys(sentences(item["text"])))
    for item in read_jsonl(data / "psytar" / "train.jsonl.gz", LABELLED):
        if item["label"] == "none" and not set(item["meta"]["tags"]) & {"ADR", "WD", "EF"}:
            found.update(dict.fromkeys([item["text"]]))
    return list(found)


def without_doubtful(rows: list[Row], first_model: MultiExitModel) -> list[Row]:
    """Rows without those in which a first model sees, at its last layer, a trigger and a treatment. A trigger alone is a false alarm worth learning from."""
    seen = sweep(first_model, rows, bf16=True)
    groups = first_model.tasks.groups
    treatments = [[i for i, label in enumerate(group.labels) if "Treatment" in label] for group in groups]

    def doubtful(tags: np.ndarray) -> bool:
        return bool(tags[:, 0].any()) and any(np.isin(tags[:, g], labels).any() for g, labels in enumerate(treatments))

    return [row for row, tags in zip(rows, seen.answers[-1]) if not doubtful(tags)]


def _section_texts(data: Path) -> list[tuple[str, str, str]]:
    """(id, text, label) of mts_dialog's sections and of aci_bench's sections with a standard heading."""
    found = [(i["id"], i["text"], i["label"]) for i in read_jsonl(data / "mts_dialog" / "train.jsonl.gz", LABELLED)]
    for item in read_jsonl(data / "aci_bench" / "train.jsonl.gz"):
        parts = re.split(r"^([A-Z][A-Z ]{3,40}):?$", item["text"], flags=re.MULTILINE)
        for heading, body in zip(parts[1::2], parts[2::2]):
            if heading.strip() in _HEADINGS and body.strip():
                found.append((item["id"], body.strip(), _HEADINGS[heading.strip()]))
    return found


def _some(items: list[TaggedText], most: int, chooser: random.Random) -> list[TaggedText]:
    return chooser.sample(items, min(most, len(items)))


class ClinicalNotes:
    """The data of a config without `tasks`."""

    has_relations = True

    def __init__(self, data: Path):
        self._data = data

    def texts(self) -> Iterable[str]:
        """All training texts, each once, for a vocabulary."""
        sentences_ = (item["text"] for item in read_jsonl(self._data / "phee" / "train.jsonl.gz"))
        return dict.fromkeys([*sentences_, *(text for _, text, _ in _section_texts(self._data)), *negative_candidates(self._data)])

    def tasks(self, markers: dict[str, int], _image: ImageForm | None) -> TaskSet:
        """The tasks, as the manifest lists them."""
        return clinical_tasks(markers)

    def rows(self, encoder: Encoder, tasks: TaskSet, config: TrainConfig) -> TrainingData:
        """All rows."""
        first = load_any(Path(config.firstModel), "firstModel") if config.firstModel else None
        return load_mixture(
            self._data,
            TaskRows(encoder, tasks),
            held_out_percent=config.heldOutPercent,
            seed=config.seed,
            first_model=first,
            fragments=config.fragments is not False,
            abstracts=config.abstracts,
            swaps=config.swaps,
        )


def load_mixture(
    data: Path, make: TaskRows, *, held_out_percent: int, seed: int, first_model: MultiExitModel | None, fragments: bool = True, abstracts: int = 0, swaps: int = 0
) -> TrainingData:
    """All rows of `clinical-notes`. With a first model, candidates in which it sees a drug event are weeded out of the negatives, but not out of `abstracts`:
    those are made so that they hold none, and what the first model takes for one there is what there is to learn."""
    chooser = random.Random(seed)
    phee = list(read_jsonl(data / "phee" / "train.jsonl.gz", WITH_EVENTS))
    kept = [i for i in phee if not held_out(i["id"], held_out_percent)]
    aside = [i for i in phee if held_out(i["id"], held_out_percent)]
    negatives = [make.eventless(text) for text in negative_candidates(data)]
    if first_model is not None:
        negatives = without_doubtful(negatives, first_model)
    phrases = mentions(tagged(item) for item in kept)
    pieces = [piece for item in kept if fragments for piece in _some(eventless_fragments(tagged(item)), 2, chooser)]
    chooser.shuffle(negatives)
    cut = len(negatives) * held_out_percent // 100
    sections = _section_texts(data)
    pairs = lambda items: [row for item in items for pair in drug_relations(item) if (row := make.relation(pair))]  # noqa: E731
    return TrainingData(
        training={
            "events": [make.event(tagged(item)) for item in kept],
            "swapped": [make.event(swapped(tagged(item), phrases, chooser)) for item in kept for _ in range(swaps)],
            "negatives": negatives[cut:] + [make.event(piece) for piece in {piece.text: piece for piece in pieces}.values()],
            "abstracts": [make.eventless(text) for text in abstract_negatives(kept, abstracts, seed)],
            "relations": pairs(kept),
            "sections": [make.section(text, label) for id_, text, label in sections if not held_out(id_ + "_", held_out_percent)],
        },
        selection={
            "events": [make.event(tagged(item)) for item in aside],
            "negatives": negatives[:cut],
            "relations": pairs(aside),
            "sections": [make.section(text, label) for id_, text, label in sections if held_out(id_ + "_", held_out_percent)],
        },
    )

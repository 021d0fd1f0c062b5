"""The training data of `clinical-notes`: facts, drug events, negatives, relations, sections."""

import random
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from epee_trainer.data.cuts import cut_notes
from epee_trainer.data.examples import Example, tagged
from epee_trainer.data.facts import TREATMENT_RELATIONS, FactRows, FactSentence, read_facts, read_phrases, treatment_pairs
from epee_trainer.data.files import SoftLabels, TrainingData
from epee_trainer.data.jsonl import LABELLED, WITH_EVENTS, read_jsonl
from epee_trainer.data.row_maker import RowMaker
from epee_trainer.data.rows import IGNORED, Row
from epee_trainer.evaluation.sweep import sweep
from epee_trainer.export.reading import load_any
from epee_trainer.model.backbones import ImageForm
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TaskSet
from epee_trainer.training.config import TrainConfig

from .abstracts import abstract_negatives
from .tasks import EVENT_GROUPS, HEADINGS, clinical_tasks
from .texts import drug_relations, eventless, eventless_fragments, held_out, mentions, swapped

FACTS = {
    "notes": "clinical_notes",
    "cases": "maccrobat",
    "trials": "chia",
    "chemicals": "bc5cdr",
    "diseases": "ncbi_disease",
    "drugs": "drugtemist_en",
}
"""Data sets of notes with facts by kind of row; `notes` is marked as the model is to read."""

_OVERLAP_WORDS = 10


class ClinicalNotes:
    """The data of a config without `tasks`. Only sets whose rows `rowsPerEpoch` asks for are read,
    `notes` and the events always."""

    has_relations = True

    def __init__(self, config: TrainConfig):
        self._config, self._data = config, Path(config.data)

    def texts(self) -> Iterable[str]:
        """All training texts, each once, for a vocabulary."""
        phee = (item["text"] for item in read_jsonl(self._data / "phee" / "train.jsonl.gz"))
        notes = (item["text"] for item in read_jsonl(self._data / FACTS["notes"] / "train.jsonl.gz"))
        return dict.fromkeys([*phee, *notes, *(section.text for section in _sections(self._data)), *negative_candidates(self._data)])

    def tasks(self, markers: dict[str, int], image: ImageForm | None) -> TaskSet:
        """The tasks, as the manifest lists them."""
        return clinical_tasks(markers)

    def rows(self, make: RowMaker, soft: SoftLabels | None = None) -> TrainingData:
        """All rows, by kind."""
        events, facts, sections = self._event_rows(make), self._fact_rows(make), self._section_rows(make)
        return TrainingData(
            {**facts.training, **events.training, **sections.training}, {**facts.selection, **events.selection, **sections.selection}
        )

    def _wanted(self, kind: str) -> bool:
        return self._config.rowsPerEpoch is None or self._config.rowsPerEpoch.get(kind, 0) > 0

    def _fact_rows(self, make: RowMaker) -> TrainingData:
        """Rows of notes with facts, and pairs of a treatment and a problem."""
        maker, percent = FactRows(make.tasks["facts"], make.encoder), self._config.heldOutPercent
        notes = read_facts(self._data / FACTS["notes"] / "train.jsonl.gz")
        aside = [s for s in notes if is_held_out(s.note, percent)]
        kept = [s for s in notes if not is_held_out(s.note, percent)]
        training = {"notes": [row for s in kept for row in maker.rows(s, without_event=not s.linked & set(TREATMENT_RELATIONS))]}
        for kind in FACTS:
            if kind != "notes" and self._wanted(kind):
                training[kind] = [row for s in self._other_facts(kind) for row in maker.rows(s)]
        if self._wanted("phrases"):
            training["phrases"] = [row for s in read_phrases(self._data / "negex" / "train.jsonl.gz") for row in maker.rows(s)]
        training["pairs"] = make.rows("relations", (pair for s in kept for pair in treatment_pairs(s)))
        selection = {
            "notes": [row for s in aside for row in maker.rows(s)],
            "pairs": make.rows("relations", (pair for s in aside for pair in treatment_pairs(s))),
        }
        return TrainingData(training, selection)

    def _other_facts(self, kind: str) -> list[FactSentence]:
        """Abstracts of chemicals that PHEE's or ade_cls' dev split quotes are left out."""
        found = read_facts(self._data / FACTS[kind] / "train.jsonl.gz")
        if kind != "chemicals":
            return found
        quoted = {s for name in ("phee", "ade_cls") for i in read_jsonl(self._data / name / "dev.jsonl.gz") for s in _sequences(i["text"])}
        known = {s.note for s in found if not quoted.isdisjoint(_sequences(s.text))}
        return [s for s in found if s.note not in known]

    def _event_rows(self, make: RowMaker) -> TrainingData:
        """PHEE's sentences, others made of them, and sentences without an event. With a first
        model, candidates in which it sees a drug event are weeded out of the negatives, but not
        out of `abstracts`: those are made so that they hold none, and what the first model takes
        for one there is what there is to learn."""
        config, percent = self._config, self._config.heldOutPercent
        chooser = random.Random(config.seed)
        kept: list[dict[str, Any]] = []
        aside: list[dict[str, Any]] = []
        for item in read_jsonl(self._data / "phee" / "train.jsonl.gz", WITH_EVENTS):
            (aside if held_out(item["id"], percent) else kept).append(item)
        negatives = _event_only(make, map(eventless, negative_candidates(self._data)))
        if config.firstModel:
            negatives = without_doubtful(negatives, load_any(Path(config.firstModel), "firstModel"))
        events = [tagged(item) for item in kept]
        phrases = mentions(events)
        pieces: list[Example] = []
        for event in events if config.fragments is not False else ():
            found = eventless_fragments(event)
            pieces += chooser.sample(found, min(2, len(found)))
        chooser.shuffle(negatives)
        cut = len(negatives) * percent // 100
        others = (swapped(event, phrases, chooser) for event in events for _ in range(config.swaps))
        return TrainingData(
            training={
                "events": _event_only(make, events),
                "swapped": _event_only(make, others),
                "negatives": negatives[cut:] + _event_only(make, {piece.text: piece for piece in pieces}.values()),
                "abstracts": _event_only(make, map(eventless, abstract_negatives(kept, config.abstracts, config.seed))),
                "relations": make.rows("relations", (pair for item in kept for pair in drug_relations(item))),
            },
            selection={
                "events": _event_only(make, map(tagged, aside)),
                "negatives": negatives[:cut],
                "relations": make.rows("relations", (pair for item in aside for pair in drug_relations(item))),
            },
        )

    def _section_rows(self, make: RowMaker) -> TrainingData:
        percent = self._config.heldOutPercent
        sections = _sections(self._data)
        return TrainingData(
            {"sections": make.rows("sections", (s for s in sections if not held_out(s.id + "_", percent)))},
            {"sections": make.rows("sections", (s for s in sections if held_out(s.id + "_", percent)))},
        )


def _event_only(make: RowMaker, examples: Iterable[Example]) -> list[Row]:
    """Rows of sentences whose events are labelled and nothing else."""
    known = [group.name in EVENT_GROUPS for group in make.tasks["facts"].groups]
    return [
        replace(row, tags=tuple(tags if own else (IGNORED,) * len(tags) for own, tags in zip(known, row.tags)))
        for row in make.rows("facts", examples)
    ]


def is_held_out(note: str, percent: int) -> bool:
    """Whether a marked note is kept aside for choosing policies, by a hash of its id."""
    return held_out(f"{note}_", percent)


def _sequences(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return [tuple(words[i : i + _OVERLAP_WORDS]) for i in range(len(words) - _OVERLAP_WORDS + 1)]


def negative_candidates(data: Path) -> list[str]:
    """Sentences that a person would expect to hold no drug effect: all of mts_dialog's notes, and
    the drug reviews of psytar without a tag of an effect, wanted or not."""
    found: dict[str, None] = {}
    notes = [item["text"] for item in read_jsonl(data / "mts_dialog" / "train.jsonl.gz")]
    for text, cut in zip(notes, cut_notes(notes)):
        found.update(dict.fromkeys(text[s.start : s.end] for s in cut))
    for item in read_jsonl(data / "psytar" / "train.jsonl.gz", LABELLED):
        if item["label"] == "none" and not set(item["meta"]["tags"]) & {"ADR", "WD", "EF"}:
            found.update(dict.fromkeys([item["text"]]))
    return list(found)


def without_doubtful(rows: list[Row], first_model: MultiExitModel) -> list[Row]:
    """Rows without those in which a first model sees, at its last layer, a trigger and a treatment.
    A trigger alone is a false alarm worth learning from."""
    seen = sweep(first_model, rows, bf16=True)
    groups = first_model.tasks.groups
    treatments = [[i for i, label in enumerate(group.labels) if "Treatment" in label] for group in groups]

    def doubtful(tags: np.ndarray) -> bool:
        return bool(tags[:, 0].any()) and any(np.isin(tags[:, g], labels).any() for g, labels in enumerate(treatments))

    return [row for row, tags in zip(rows, seen.answers[-1]) if not doubtful(tags)]


def _sections(data: Path) -> list[Example]:
    """mts_dialog's sections, and aci_bench's sections with a standard heading."""
    found = [Example(i["id"], i["label"], i["text"]) for i in read_jsonl(data / "mts_dialog" / "train.jsonl.gz", LABELLED)]
    for item in read_jsonl(data / "aci_bench" / "train.jsonl.gz"):
        parts = re.split(r"^([A-Z][A-Z ]{3,40}):?$", item["text"], flags=re.MULTILINE)
        for heading, body in zip(map(str.strip, parts[1::2]), map(str.strip, parts[2::2])):
            if heading in HEADINGS and body:
                found.append(Example(item["id"], HEADINGS[heading], body))
    return found

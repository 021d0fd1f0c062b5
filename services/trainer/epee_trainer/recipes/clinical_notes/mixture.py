"""The training data of `clinical-notes`: drug events, negatives, relations, note sections."""

import random
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from epee_trainer.data.examples import Example, tagged
from epee_trainer.data.files import SoftLabels, TrainingData
from epee_trainer.data.jsonl import LABELLED, WITH_EVENTS, read_jsonl
from epee_trainer.data.row_maker import RowMaker
from epee_trainer.data.rows import Row
from epee_trainer.evaluation.sweep import sweep
from epee_trainer.export.reading import load_any
from epee_trainer.model.backbones import ImageForm
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TaskSet
from epee_trainer.training.config import TrainConfig

from .abstracts import abstract_negatives
from .tasks import HEADINGS, clinical_tasks
from .texts import drug_relations, eventless, eventless_fragments, held_out, mentions, sentences, swapped


class ClinicalNotes:
    """The data of a config without `tasks`."""

    has_relations = True

    def __init__(self, config: TrainConfig):
        self._config, self._data = config, Path(config.data)

    def texts(self) -> Iterable[str]:
        """All training texts, each once, for a vocabulary."""
        phee = (item["text"] for item in read_jsonl(self._data / "phee" / "train.jsonl.gz"))
        return dict.fromkeys([*phee, *(section.text for section in _sections(self._data)), *negative_candidates(self._data)])

    def tasks(self, markers: dict[str, int], image: ImageForm | None) -> TaskSet:
        """The tasks, as the manifest lists them."""
        return clinical_tasks(markers)

    def rows(self, make: RowMaker, soft: SoftLabels | None = None) -> TrainingData:
        """All rows. With a first model, candidates in which it sees a drug event are weeded out of
        the negatives, but not out of `abstracts`: those are made so that they hold none, and what
        the first model takes for one there is what there is to learn."""
        config, percent = self._config, self._config.heldOutPercent
        chooser = random.Random(config.seed)
        kept: list[dict[str, Any]] = []
        aside: list[dict[str, Any]] = []
        for item in read_jsonl(self._data / "phee" / "train.jsonl.gz", WITH_EVENTS):
            (aside if held_out(item["id"], percent) else kept).append(item)
        negatives = make.rows("events", map(eventless, negative_candidates(self._data)))
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
        sections = _sections(self._data)
        others = (swapped(event, phrases, chooser) for event in events for _ in range(config.swaps))
        return TrainingData(
            training={
                "events": make.rows("events", events),
                "swapped": make.rows("events", others),
                "negatives": negatives[cut:] + make.rows("events", {piece.text: piece for piece in pieces}.values()),
                "abstracts": make.rows("events", map(eventless, abstract_negatives(kept, config.abstracts, config.seed))),
                "relations": make.rows("relations", (pair for item in kept for pair in drug_relations(item))),
                "sections": make.rows("sections", (s for s in sections if not held_out(s.id + "_", percent))),
            },
            selection={
                "events": make.rows("events", map(tagged, aside)),
                "negatives": negatives[:cut],
                "relations": make.rows("relations", (pair for item in aside for pair in drug_relations(item))),
                "sections": make.rows("sections", (s for s in sections if held_out(s.id + "_", percent))),
            },
        )


def negative_candidates(data: Path) -> list[str]:
    """Sentences that a person would expect to hold no drug effect: all of the notes of aci_bench
    and mts_dialog, and the drug reviews of psytar without a tag of an effect, wanted or not."""
    found: dict[str, None] = {}
    for name in ("aci_bench", "mts_dialog"):
        for item in read_jsonl(data / name / "train.jsonl.gz"):
            found.update(dict.fromkeys(sentences(item["text"])))
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

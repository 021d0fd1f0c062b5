"""Marked notes: what a row learns from, and what it must not."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from epee_trainer.data.cuts import cut_notes
from epee_trainer.data.facts import FactRows, FactSentence, fact_groups, read_facts, read_phrases, treatment_pairs, windows
from epee_trainer.data.rows import IGNORED, Encoder, Row
from epee_trainer.model.tasks import TagGroup, Task
from tests.support.tiny import tiny_tokenizer

ALL = frozenset(("problem", "medication", "test", "procedure", "dose"))
FULL = dict.fromkeys(("certainty", "time", "subject", "action"), "full")
TRIGGER = TagGroup("trigger", ("O", "B-Adverse_event"))


@pytest.fixture
def encoder(tmp_path: Path) -> Encoder:
    path = tmp_path / "tokenizer.json"
    tiny_tokenizer().save(str(path))
    return Encoder(path)


def _task(**more: Any) -> Task:
    return Task("facts", "tagging", **{"max_tokens": 64, "groups": (TRIGGER, *fact_groups()), **more})


def _sentence(text: str, *entities: dict[str, Any], **more: Any) -> FactSentence:
    placed = tuple(
        {"id": f"e{i}", "start": text.index(e["text"]), "end": text.index(e["text"]) + len(e["text"]), **e} for i, e in enumerate(entities)
    )
    given = {"note": "n", "heading": None, "relations": (), "labelled": ALL, "axes": FULL, **more}
    return FactSentence(text=text, entities=placed, **given)


def _named(task: Task, row: Row, group: str) -> list[str]:
    """The tags of a group by name, `-` where nothing is learnt."""
    place = next(i for i, g in enumerate(task.groups) if g.name == group)
    return ["-" if tag == IGNORED else task.groups[place].labels[tag] for tag in row.tags[place]]


def test_words_of_an_entity_carry_its_type_and_its_assertion(encoder: Encoder) -> None:
    task = _task()
    sentence = _sentence(
        "no severe rash on aspirin",
        {"type": "problem", "text": "severe rash", "certainty": "absent"},
        {"type": "medication", "text": "aspirin"},
    )
    (row,) = FactRows(task, encoder).rows(sentence)
    assert _named(task, row, "entity") == ["O", "B-problem", "I-problem", "O", "B-medication"]
    assert _named(task, row, "certainty") == ["O", "I-absent", "I-absent", "O", "O"]
    assert _named(task, row, "trigger") == ["-"] * 5


def test_a_type_that_a_set_does_not_label_may_be_what_it_is(encoder: Encoder) -> None:
    task = _task()
    sentence = _sentence("rash on aspirin", {"type": "medication", "text": "aspirin"}, labelled=frozenset(("medication",)))
    (row,) = FactRows(task, encoder).rows(sentence)
    labels = [(group.name, label) for group in task.groups for label in group.labels]
    allowed = {label for (name, label), open_ in zip(labels, row.open_labels) if open_}
    assert "B-problem" in allowed and "I-dose" in allowed
    assert not allowed & {"O", "B-medication", "I-medication", "I-absent", "B-Adverse_event"}


def test_ranges_to_leave_out_and_axes_that_are_not_labelled_teach_nothing(encoder: Encoder) -> None:
    task = _task()
    sentence = _sentence(
        "rash and pain on aspirin",
        {"type": "problem", "text": "rash", "certainty": "absent"},
        {"type": "problem", "text": "pain"},
        axes={**FULL, "certainty": "partial", "time": "none"},
        ignored=((9, 13),),
    )
    (row,) = FactRows(task, encoder).rows(sentence)
    assert _named(task, row, "entity") == ["B-problem", "O", "-", "O", "O"]
    assert _named(task, row, "certainty") == ["I-absent", "O", "-", "O", "O"]
    assert _named(task, row, "time") == ["-"] * 5
    masked = _sentence("rash", {"type": "problem", "text": "rash", "certainty": "absent"}, masked={"e0": frozenset(("certainty",))})
    assert _named(task, FactRows(task, encoder).rows(masked)[0], "certainty") == ["-"]


def test_only_a_medication_has_an_action(encoder: Encoder) -> None:
    task = _task()
    sentence = _sentence(
        "stopped aspirin for pain",
        {"type": "medication", "text": "aspirin", "action": "stop"},
        {"type": "problem", "text": "pain", "action": "stop"},
    )
    (row,) = FactRows(task, encoder).rows(sentence)
    assert _named(task, row, "action") == ["O", "I-stop", "O", "O"]


def test_a_row_reads_the_first_tokens_of_its_heading(encoder: Encoder) -> None:
    task = _task(heading_tokens=2)
    (row,) = FactRows(task, encoder).rows(_sentence("no rash", heading="history of present pain"), without_event=True)
    heading = encoder.encode("history of").ids
    assert row.ids == [encoder.cls_id, *heading, encoder.sep_id, *encoder.encode("no rash").ids, encoder.sep_id]
    assert [row.ids[place] for place in row.words] == encoder.encode("no rash").ids
    assert _named(task, row, "trigger") == ["O", "O"]


def test_a_long_sentence_is_several_rows_of_whole_words(encoder: Encoder) -> None:
    task = _task(max_tokens=8)
    text = " ".join(["aspirin", "rash"] * 6)
    rows = FactRows(task, encoder).rows(_sentence(text, {"type": "problem", "text": "rash"}))
    assert all(len(row.ids) <= 8 for row in rows)
    assert [row.ids[place] for row in rows for place in row.words] == encoder.encode(text).ids
    assert sum(len(window) for window in windows(encoder.encode(text), 6)) == 12


def test_every_pair_of_a_treatment_and_a_problem_is_asked_about() -> None:
    sentence = _sentence(
        "aspirin for pain gave a rash",
        {"type": "medication", "text": "aspirin"},
        {"type": "problem", "text": "pain"},
        {"type": "problem", "text": "rash"},
        relations=({"label": "indication", "head": "e0", "tail": "e1"}, {"label": "has_dose", "head": "e0", "tail": "e2"}),
    )
    pairs = [(pair.label, pair.text[slice(*pair.head)], pair.text[slice(*pair.tail)]) for pair in treatment_pairs(sentence)]
    assert pairs == [("indication", "aspirin", "pain"), ("none", "aspirin", "rash")]


def test_a_phrase_teaches_its_axes_alone(encoder: Encoder, tmp_path: Path) -> None:
    item = {"id": "1", "text": "no rash today", "document": "d", "target": {"start": 3, "end": 7}}
    path = tmp_path / "phrases.jsonl"
    path.write_text(json.dumps({**item, "certainty": "absent", "subject": "patient", "time": "past"}) + "\n")
    task = _task()
    (row,) = FactRows(task, encoder).rows(read_phrases(path)[0])
    assert _named(task, row, "certainty") == ["-", "I-absent", "-"]
    assert _named(task, row, "subject") == ["-", "O", "-"]
    assert set(_named(task, row, "entity")) == set(_named(task, row, "time")) == {"-"}


def test_notes_are_cut_as_the_pipeline_cuts_them(tmp_path: Path) -> None:
    text = "ALLERGIES\n\n1. Penicillin: 💊 hives.\n2. Latex.\n\nPLAN\n\nStop it. Call Dr. Ray."
    start = text.index("hives")
    note = {
        "id": "n",
        "text": text,
        "labelled": ["problem"],
        "entities": [{"id": "a", "type": "problem", "start": start, "end": start + 5}],
        "relations": [{"label": "adverse_effect", "head": "elsewhere", "tail": "a"}],
        "meta": {},
    }
    path = tmp_path / "notes.jsonl.gz"
    with gzip.open(path, "wt") as out:
        out.write(json.dumps(note) + "\n")
    found = read_facts(path)
    assert [(s.heading, s.text) for s in found] == [
        ("ALLERGIES", "Penicillin: 💊 hives."),
        ("ALLERGIES", "Latex."),
        ("PLAN", "Stop it."),
        ("PLAN", "Call Dr. Ray."),
    ]
    assert [[s.text[e["start"] : e["end"]] for e in s.entities] for s in found] == [["hives"], [], [], []]
    assert [set(s.linked) for s in found] == [{"adverse_effect"}, set(), set(), set()]


def test_a_text_that_the_pipeline_refuses_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="epee cut"):
        cut_notes(["   "])

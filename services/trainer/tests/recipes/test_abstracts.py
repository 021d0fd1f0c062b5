"""Made sentences of abstracts: their templates, how they are filled, and PHEE sentences without
their drug."""

import random
import re
from typing import Any

import pytest

from epee_trainer.recipes.clinical_notes.abstracts import (
    HEADINGS,
    JOINED,
    OFTENER,
    OPENED,
    SLOT,
    abstract_negatives,
    fill,
    own_words,
    slot_values,
    templates,
    without_drug,
)

SLOTS = {
    "drug",
    "class",
    "disorder",
    "effect",
    "age",
    "dose",
    "route",
    "duration",
    "population",
    "organ",
    "lab",
    "procedure",
    "pathogen",
    "toxicity",
    "therapy",
    "person",
    "small",
    "percent",
    "n",
}
LINES = [(kind, line) for kind, lines in templates().items() for line in lines]


def _item(text: str, effect: str, drug: str, trigger: str, **others: str) -> dict[str, Any]:
    def at(part: str) -> dict[str, Any]:
        start = text.index(part)
        return {"text": part, "start": start, "end": start + len(part)}

    roles = {"Effect": effect, "Treatment": drug, "Treatment.Drug": drug, **others}
    return {
        "id": "1_1",
        "text": text,
        "events": [
            {"type": "Adverse_event", "trigger": at(trigger), "arguments": [{"role": role, **at(part)} for role, part in roles.items()]}
        ],
    }


def _invented() -> list[dict[str, Any]]:
    """Sentences with enough drugs, effects and disorders to fill every slot."""
    drugs = ["wonderol", "placimab", "nullavir", "testocillin", "fictazole"]
    effects = ["severe hepatitis", "seizure syndrome", "hyponatremia", "urticaria", "optic neuropathy"]
    disorders = ["asthma", "gout", "psoriasis", "arthritis", "breast cancer"]
    return [_item(f"{e} after {d} for {x}.", e, d, "after", **{"Treatment.Disorder": x}) for d, e, x in zip(drugs, effects, disorders)]


def test_there_are_many_templates_and_none_twice() -> None:
    lines = [line for _, line in LINES]
    assert len(lines) >= 700
    assert len(set(lines)) == len(lines)
    assert {*HEADINGS, *JOINED, *OFTENER, *OPENED} <= set(templates())


@pytest.mark.parametrize("kind", sorted(templates()))
def test_templates_have_known_slots_and_end_as_sentences(kind: str) -> None:
    for line in templates()[kind]:
        assert {slot.rstrip("2") for slot in SLOT.findall(line)} <= SLOTS, line
        assert re.search(r"[.?]$", line) and line == line.strip() and "  " not in line, line
        assert re.fullmatch(r"[^\[\]{}]*", re.sub(r"\[[^\[\]]+\]", "", SLOT.sub("", line))), line


@pytest.mark.parametrize("line", [line for _, line in LINES])
def test_no_template_holds_what_phee_annotates(line: str) -> None:
    assert not re.search(r"\{(?:drug2?|class)\}[- ](?:induced|associated|related|caused) \{", line)
    assert not re.search(
        r"\{effect2?\} (?:due to|caused by|induced by|secondary to|associated with|following|after|during|related to) \{(?:drug2?|class)\}",
        line,
    )
    assert not re.search(
        r"\{(?:disorder|effect)2?\} (?:was |were )?treated with|treatment of \{(?:disorder|effect)|"
        r"(?:resolved|improved|disappeared).*\{drug",
        line,
    )


def test_every_template_fills() -> None:
    values = slot_values(_invented())
    chooser = random.Random(3)
    for _, line in LINES:
        text = fill(line, values, chooser)
        assert not re.search(r"[\[\]{}|]|  | \.|\b[Aa] [aeio][a-z]", text), text
        assert text[0].isupper() or text[0].isdigit(), text


def test_articles_follow_the_word() -> None:
    values = {**own_words(), "age": ("81-year-old", "54-year-old"), "drug": ("aspirin", "heparin")}
    texts = {fill("A {age} man had an {drug} level.", values, random.Random(seed)) for seed in range(40)}
    assert any(text.startswith("An 8") for text in texts)
    assert all(re.search(r"an aspirin|a heparin", text) for text in texts)
    assert not any(re.match(r"An? (?:54|17)", text) and text.startswith("An") for text in texts)


def test_the_same_seed_makes_the_same_different_sentences() -> None:
    first = abstract_negatives(_invented(), 1500, 7)
    assert first == abstract_negatives(_invented(), 1500, 7)
    assert len(set(first)) == len(first) == 1500
    assert first != abstract_negatives(_invented(), 1500, 8)
    assert abstract_negatives(_invented(), 0, 7) == []


def test_only_given_sentences_fill_the_slots() -> None:
    values = slot_values(_invented())
    assert set(values["drug"]) == {"wonderol", "placimab", "nullavir", "testocillin", "fictazole"}
    assert "hyponatremia" in values["effect"] and "gout" in values["disorder"]


def test_a_drug_gives_way_to_another_cause() -> None:
    values = slot_values(_invented())
    after = without_drug(
        _item("Optic neuropathy after wonderol in a young man.", "Optic neuropathy", "wonderol", "after"),
        {"wonderol"},
        values,
        random.Random(1),
    )
    assert after is not None and re.fullmatch(r"Optic neuropathy after .+ in a young man\.", after) and "wonderol" not in after
    induced = without_drug(_item("Wonderol-induced urticaria.", "urticaria", "Wonderol", "induced"), {"wonderol"}, values, random.Random(1))
    assert induced is not None and re.fullmatch(r"[A-Z]\w+-induced urticaria\.", induced) and "onderol" not in induced


@pytest.mark.parametrize(
    "item",
    [
        _item("Urticaria after wonderol treated with steroids.", "Urticaria", "wonderol", "after"),
        _item("Urticaria after wonderol and nullavir.", "Urticaria", "wonderol", "after"),
        _item("Wonderol may cause urticaria.", "urticaria", "Wonderol", "cause"),
        {"id": "1", "text": "No event.", "events": []},
    ],
)
def test_a_sentence_that_still_tells_of_a_treatment_stays_as_it_is(item: dict[str, Any]) -> None:
    assert without_drug(item, {"wonderol", "nullavir"}, slot_values(_invented()), random.Random(1)) is None

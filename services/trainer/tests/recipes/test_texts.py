"""Training texts made from labelled ones."""

import random

from epee_trainer.data.examples import Example
from epee_trainer.data.rows import Span
from epee_trainer.recipes.clinical_notes.texts import eventless_fragments, mentions, swapped


def _sentence(id_: str, text: str, spans: tuple[tuple[Span, ...], ...]) -> Example:
    return Example(id_, "Adverse_event", text, spans=spans)


TEXT = "A 40-year-old woman with gout had a rash after oral colchicine."
EXAMPLE = _sentence(
    "a_1",
    TEXT,
    (
        (("Adverse_event", 41, 46),),
        (("Subject", 0, 29), ("Effect", 36, 40), ("Treatment", 47, 62)),
        (("Subject.Age", 2, 13), ("Treatment.Route", 47, 51), ("Treatment.Drug", 52, 62)),
        (),
    ),
)
OTHER = _sentence(
    "b_1",
    "Twins developed severe anaemia from methotrexate (weekly).",
    (
        (("Adverse_event", 6, 15),),
        (("Subject", 0, 5), ("Effect", 16, 30), ("Treatment", 36, 57)),
        (("Treatment.Drug", 36, 48), ("Treatment.Freq", 50, 56)),
        (),
    ),
)


def _named(example: Example) -> set[tuple[str, str]]:
    return {(label, example.text[start:end]) for group in example.spans for label, start, end in group}


def test_swapped_arguments_bring_their_own_spans() -> None:
    known = _named(EXAMPLE) | _named(OTHER)
    phrases = mentions([OTHER])
    texts = set()
    for seed in range(60):
        made = swapped(EXAMPLE, phrases, random.Random(seed))
        assert _named(made) <= known | {("Treatment", "oral methotrexate"), ("Treatment", "oral colchicine")}
        assert ("Adverse_event", TEXT[41:46]) in _named(made)
        assert sorted(label for label, *_ in made.spans[1]) == ["Effect", "Subject", "Treatment"]
        (_, start, end), (_, drug, after) = (
            next(span for span in made.spans[group] if span[0] == role) for group, role in ((1, "Treatment"), (2, "Treatment.Drug"))
        )
        assert start <= drug and after <= end
        texts.add(made.text)
    assert "Twins had a severe anaemia after methotrexate (weekly)." in texts
    assert "A 40-year-old woman with gout had a rash after oral methotrexate." in texts
    assert TEXT in texts


def test_a_phrase_stands_only_for_one_with_the_same_roles() -> None:
    # Here the drug is the whole treatment: it cannot stand for a drug within one, which would leave
    # two treatments.
    plain = _sentence(
        "c_1",
        "Rash from aspirin.",
        ((("Adverse_event", 5, 9),), (("Effect", 0, 4), ("Treatment", 10, 17)), (("Treatment.Drug", 10, 17),), ()),
    )
    made = [swapped(EXAMPLE, mentions([plain]), random.Random(seed)).text for seed in range(40)]
    assert not any("aspirin" in text for text in made)
    assert any("woman with gout had a Rash after" in text for text in made)


def test_fragments_without_an_event_keep_their_arguments() -> None:
    found = {
        piece.text: _named(piece)
        for piece in eventless_fragments(
            _sentence(
                "d_1",
                "A woman with gout, who took colchicine daily, died.",
                ((("Adverse_event", 46, 50),), (("Subject", 0, 17), ("Treatment", 28, 38)), (("Treatment.Drug", 28, 38),), ()),
            )
        )
    }
    assert found["Who took colchicine daily."] == {("Treatment", "colchicine"), ("Treatment.Drug", "colchicine")}
    assert found["A woman with gout."] == {("Subject", "A woman with gout")}
    assert not any("died" in text for text in found)

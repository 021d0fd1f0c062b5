"""Tiny random model packages for tests: `python -m tests.support.tiny OUT [FAMILY]` in
services/trainer. The same bytes each time, but for the last digits of weights."""

import json
import string
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from epee_trainer.data.vocabulary import train_tokenizer, with_markers
from epee_trainer.export import export_package
from epee_trainer.model.backbones import FAMILIES, ImageForm, Sizes
from epee_trainer.model.checkpoint import save_model
from epee_trainer.model.multi_exit import MultiExitModel
from epee_trainer.model.tasks import TagGroup, Task, TaskSet, family_problem

_SPECIAL = ("[PAD]", "[unused0]", "[unused1]", "[unused2]", "[unused3]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_WORDS = """
the a an of and to in with was is on at for after before no not due patient woman man year years old day days week history
presented developed received took given started stopped daily twice dose doses mg ml oral aspirin warfarin ibuprofen insulin rash
fever pain headache nausea bleeding severe mild acute treatment therapy medication medications allergies assessment plan findings
impression diagnosis laboratory blood pressure heart chest examination discharge admission
""".split()
_ENDINGS = ("##s", "##ed", "##ing", "##er", "##ly", "##tion", "##in", "##ol", "##ine", "##itis", "##ia", "##al")

_POLICIES = {"careful": {"entropyThreshold": 0.3, "patience": "off"}, "fast": {"entropyThreshold": 0.7, "patience": 1}}


def tiny_tasks() -> TaskSet:
    """One task of each kind."""
    return TaskSet(
        (
            Task("sections", "classification", 64, ("history", "medications", "findings", "plan")),
            Task(
                "events",
                "tagging",
                64,
                groups=(
                    TagGroup("trigger", ("O", "B-Adverse_event", "I-Adverse_event")),
                    TagGroup("main", ("O", "B-Effect", "I-Effect", "B-Treatment.Drug", "I-Treatment.Drug")),
                ),
            ),
            Task(
                "relations",
                "relation",
                80,
                ("none", "adverse_effect", "dosage"),
                relation={
                    "markerTokenIds": {"headStart": 1, "headEnd": 2, "tailStart": 3, "tailEnd": 4},
                    "candidates": [{"head": "Treatment.Drug", "tails": ["Effect"]}],
                },
            ),
        )
    )


def tiny_tokenizer() -> Tokenizer:
    """A BERT tokenizer with a few hundred pieces: every lower-case ASCII letter, digit and sign,
    alone and as an ending, and some clinical words."""
    signs = [*string.ascii_lowercase, *string.digits]
    pieces = [*_SPECIAL, *signs, *(f"##{sign}" for sign in signs), *string.punctuation, *_WORDS, *_ENDINGS]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens([piece for piece in _SPECIAL if not piece.startswith("[unused")])
    return tokenizer


def tiny_model(vocabulary: int, seed: int = 5, layers: int = 3) -> MultiExitModel:
    """Random weights, scaled so that deeper heads are surer and mostly agree: exits at every layer,
    for every reason."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=96,
        initializer_range=0.03,
    )
    return _sharpened(MultiExitModel(BertModel(config, add_pooling_layer=False), tiny_tasks(), pooled_width=16))


def _sharpened(model: MultiExitModel) -> MultiExitModel:
    """Heads that mostly agree, deeper ones surer."""
    with torch.no_grad():
        for layer in range(model.layers):
            for heads, first in (
                (model.pooled_heads, model.pooled_heads[0].state_dict()),
                (model.tag_heads, model.tag_heads[0].state_dict()),
            ):
                for name, weight in heads[layer].named_parameters():
                    weight.copy_(first[name] + 0.01 * torch.randn_like(weight))
        for layer in reversed(range(model.layers)):
            model.pooled_heads[layer].out.weight.mul_(4 + 8 * layer)
            model.pooled_heads[layer].dense.weight.mul_(2)
            model.tag_heads[layer].weight.mul_(3 + 3 * layer)
            for part in model.tasks.group_slices():
                model.tag_heads[layer].bias[part.start] += 1.8 * (1 + layer)
    return model.eval()


TINY_IMAGE = ImageForm(width=12, height=8, channels=3, patch=4, mean=(0.5, 0.4, 0.3), std=(0.25, 0.5, 0.2))
"""Colour, and wider than high, so that no axis can be taken for another."""


def tiny_family_tokenizer(family: str) -> Tokenizer:
    """A vocabulary of the family's kind. ALBERT's pieces are listed, as the training of unigrams
    ends in other digits each time."""
    if family != "albert":
        return train_tokenizer(FAMILIES[family], [" ".join(_WORDS), "Patient (age 57) took aspirin, then developed a rash."] * 3, 400)
    signs = [*string.ascii_lowercase, *string.digits, *string.punctuation]
    pieces = [("<pad>", 0.0), ("<unk>", 0.0), ("[CLS]", 0.0), ("[SEP]", 0.0), ("[MASK]", 0.0), ("\u2581", -3.0)]
    pieces += [(f"\u2581{word}", -6.0) for word in dict.fromkeys(_WORDS) if len(word) > 1] + [
        (ending[2:], -5.0) for ending in _ENDINGS if len(ending) > 3
    ]
    tokenizer = Tokenizer(models.Unigram([*pieces, *((sign, -8.0) for sign in signs)], unk_id=1))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([piece for piece, _ in pieces[:5]])
    return tokenizer


def tiny_family_tasks(family: str, markers: dict[str, int]) -> TaskSet:
    """The tasks of `tiny_tasks` that a family may have, with its own markers; for images one of
    their own."""
    if FAMILIES[family].reads_images:
        return TaskSet((Task("finding", "image", TINY_IMAGE.tokens, ("normal", "pneumonia", "effusion")),))
    kept = [task for task in tiny_tasks().tasks if family_problem(task.kind, FAMILIES[family]) is None]
    candidates = (tiny_tasks()["relations"].relation or {})["candidates"] if any(not task.pooled for task in kept) else []
    relation = {"markerTokenIds": markers, "candidates": candidates}
    return TaskSet(tuple(replace(task, relation=relation if task.kind == "relation" else None) for task in kept))


def tiny_family_model(family: str, tokenizer: Tokenizer | None, seed: int = 5) -> MultiExitModel:
    """Random weights, scaled like those of `tiny_model`. Adds the marker tokens to the
    tokenizer."""
    torch.manual_seed(seed)
    backbone, markers = FAMILIES[family], {} if tokenizer is None else with_markers(tokenizer)
    vocabulary = 0 if tokenizer is None else tokenizer.get_vocab_size(with_added_tokens=True)
    image = TINY_IMAGE if backbone.reads_images else None
    sizes = Sizes(layers=3, hidden=32, heads=2, intermediate=64, embedding=16, vocabulary=vocabulary, positions=96, image=image)
    encoder = backbone.empty(backbone.config_of(sizes))
    with torch.no_grad():
        for name, weight in encoder.named_parameters():
            if weight.ndim > 1:
                # Sums that are not normalised have to be as large as normalised ones for heads to
                # be sure of anything.
                weight.normal_(0, 0.4 if backbone.final_norm and ("embeddings" in name or name.startswith("w")) else 0.06)
            elif "bias" in name:
                weight.normal_(0, 0.02)
    return _sharpened(MultiExitModel(encoder, tiny_family_tasks(family, markers), pooled_width=16, image=image))


def write_tiny_family_package(family: str, out: Path) -> Path:
    """Writes the tiny package of any family but BERT, which `write_tiny_package` makes, and gives
    its folder."""
    tokenizer = None if FAMILIES[family].reads_images else tiny_family_tokenizer(family)
    return _export(tiny_family_model(family, tokenizer), tokenizer, out, f"tiny-{family}")


def write_tiny_package(out: Path) -> Path:
    """Writes the package and gives its folder."""
    tokenizer = tiny_tokenizer()
    return _export(tiny_model(tokenizer.get_vocab_size()), tokenizer, out, "tiny")


def _export(model: MultiExitModel, tokenizer: Tokenizer | None, out: Path, name: str) -> Path:
    with tempfile.TemporaryDirectory() as scratch:
        run, source = Path(scratch) / "run", Path(scratch) / "tokenizer.json"
        if tokenizer is not None:
            source.write_text(json.dumps(json.loads(tokenizer.to_str())))
        save_model(model, run, tokenizer=None if tokenizer is None else source, training={})
        policies = {task.name: _POLICIES for task in model.tasks.tasks}
        training = {"base": "random", "data": [], "seed": 5}
        return export_package(run, out, name=name, version="1.0.0", policies=policies, scores={}, training=training)


if __name__ == "__main__":
    print(write_tiny_package(Path(sys.argv[1])) if len(sys.argv) < 3 else write_tiny_family_package(sys.argv[2], Path(sys.argv[1])))

"""A tiny random model package for tests: `python -m epee_trainer.export.tiny OUT`. The same bytes each time."""

from __future__ import annotations

import json
import string
import sys
import tempfile
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from ..checkpoint import save_model
from ..model import MultiExitModel
from ..tasks import TagGroup, Task, TaskSet
from .package import export_package

_SPECIAL = ("[PAD]", "[unused0]", "[unused1]", "[unused2]", "[unused3]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_WORDS = """the a an of and to in with was is on at for after before no not due patient woman man year years old day days week history presented developed
received took given started stopped daily twice dose doses mg ml oral aspirin warfarin ibuprofen insulin rash fever pain headache nausea bleeding severe mild acute
treatment therapy medication medications allergies assessment plan findings impression diagnosis laboratory blood pressure heart chest examination discharge admission""".split()
_ENDINGS = ("##s", "##ed", "##ing", "##er", "##ly", "##tion", "##in", "##ol", "##ine", "##itis", "##ia", "##al")

_POLICIES = {
    "careful": {"entropyThreshold": 0.3, "patience": "off"},
    "fast": {"entropyThreshold": 0.7, "patience": 1},
}


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
    """A BERT tokenizer with a few hundred pieces: every lower-case ASCII letter, digit and sign, alone and as an ending, and some clinical words."""
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


def tiny_model(vocabulary: int, seed: int = 5) -> MultiExitModel:
    """Random weights, scaled so that deeper heads are surer and mostly agree: exits at every layer, for every reason."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=96,
        initializer_range=0.03,
    )
    model = MultiExitModel(BertModel(config, add_pooling_layer=False), tiny_tasks(), pooled_width=16)
    with torch.no_grad():
        for layer in range(3):
            for heads, first in ((model.pooled_heads, model.pooled_heads[0].state_dict()), (model.tag_heads, model.tag_heads[0].state_dict())):
                for name, weight in heads[layer].named_parameters():
                    weight.copy_(first[name] + 0.01 * torch.randn_like(weight))
        for layer in reversed(range(3)):
            model.pooled_heads[layer].out.weight.mul_(4 + 8 * layer)
            model.pooled_heads[layer].dense.weight.mul_(2)
            model.tag_heads[layer].weight.mul_(3 + 3 * layer)
            for part in model.tasks.group_slices():
                model.tag_heads[layer].bias[part.start] += 1.8 * (1 + layer)
    return model.eval()


def write_tiny_package(out: Path) -> Path:
    """Writes the package and gives its folder."""
    tokenizer = tiny_tokenizer()
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        source = Path(scratch) / "tokenizer.json"
        source.write_text(json.dumps(json.loads(tokenizer.to_str())))
        save_model(tiny_model(tokenizer.get_vocab_size()), run, tokenizer=source, training={})
        return export_package(
            run,
            out,
            name="tiny",
            version="1.0.0",
            policies={task.name: _POLICIES for task in tiny_tasks().tasks},
            scores={},
            training={"base": "random", "data": [], "seed": 5},
        )


if __name__ == "__main__":
    print(write_tiny_package(Path(sys.argv[1])))

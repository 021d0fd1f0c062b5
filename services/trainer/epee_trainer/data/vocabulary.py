"""Tokenizers of all text families: special tokens, markers of relation rows, new vocabularies."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

from epee_trainer.model.backbones import Backbone

MARKER_NAMES = ("headStart", "headEnd", "tailStart", "tailEnd")
_UNUSED = re.compile(r"\[unused\d+\]")


@dataclass(frozen=True)
class SpecialIds:
    """Ids that frame a row (`cls`, `sep`), fill it up (`pad`), hide a token (`mask`, or None)."""

    cls: int
    sep: int
    pad: int
    mask: int | None


def special_ids(tokenizer: Tokenizer, backbone: Backbone) -> SpecialIds:
    """A family's special tokens. Raises ValueError naming the one that is missing."""

    def find(name: str) -> int | None:
        ids = (tokenizer.token_to_id(token) for token in backbone.special_tokens.get(name, ()))
        return next((found for found in ids if found is not None), None)

    def needed(name: str) -> int:
        if (found := find(name)) is None:
            tokens = " or ".join(backbone.special_tokens[name])
            raise ValueError(f"tokenizer.json has no {tokens}, which {backbone.family} rows need")
        return found

    return SpecialIds(needed("cls"), needed("sep"), needed("pad"), find("mask"))


def with_markers(tokenizer: Tokenizer) -> dict[str, int]:
    """Ids of the four marker tokens by their manifest name: BERT's [unused0] to [unused3], or
    tokens that are added to the vocabulary."""
    tokens = [f"[unused{i}]" for i in range(4)]
    if any(tokenizer.token_to_id(token) is None for token in tokens):
        tokens = ["[E1]", "[/E1]", "[E2]", "[/E2]"]
        tokenizer.add_special_tokens(tokens)
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    return {name: vocabulary[token] for name, token in zip(MARKER_NAMES, tokens)}


def plain_ids(tokenizer: Tokenizer) -> list[bool]:
    """For every id, whether it is text: neither a special token nor one that is kept unused."""
    plain = [True] * tokenizer.get_vocab_size(with_added_tokens=True)
    for token, index in tokenizer.get_vocab(with_added_tokens=True).items():
        if _UNUSED.fullmatch(token):
            plain[index] = False
    for index in tokenizer.get_added_tokens_decoder():
        plain[index] = False
    return plain


def open_tokenizer(folder: Path, backbone: Backbone) -> Tokenizer:
    """The tokenizer of a Hugging Face folder: tokenizer.json, or what `transformers` makes of
    vocab.txt (BERT) or of vocab.json and merges.txt (GPT-2). Raises FileNotFoundError."""
    if (folder / "tokenizer.json").exists():
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    older = {"bert": ("vocab.txt",), "gpt2": ("vocab.json", "merges.txt")}.get(backbone.family, ())
    if not older or not all((folder / name).exists() for name in older):
        write = "have `transformers` write it with AutoTokenizer.from_pretrained(...).save_pretrained(...)"
        instead = f" (or {' and '.join(older)})" if older else f": {write}"
        raise FileNotFoundError(f"{folder} has no tokenizer.json{instead}")
    return AutoTokenizer.from_pretrained(str(folder)).backend_tokenizer


def train_tokenizer(backbone: Backbone, texts: Iterable[str], size: int) -> Tokenizer:
    """A vocabulary of at most `size` tokens of the family's own kind: WordPiece (BERT), unigrams
    (ALBERT) or byte-level BPE (GPT-2). Raises ValueError where too small for all characters."""
    try:
        return {"bert": _word_pieces, "albert": _unigrams, "gpt2": _byte_pairs}[backbone.family](texts, size)
    except Exception as error:  # what tokenizers raises has no class of its own
        raise ValueError(f"vocabulary ({size}): {error}") from None


def _word_pieces(texts: Iterable[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False))
    ids = tokenizer.get_vocab()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))
    return tokenizer


def _unigrams(texts: Iterable[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _byte_pairs(texts: Iterable[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    special, alphabet = ["<|endoftext|>"], pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer

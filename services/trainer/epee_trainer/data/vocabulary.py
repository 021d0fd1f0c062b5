"""Tokenizers of all text families: their special tokens, the markers of relation rows, and vocabularies made from training texts."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from epee_trainer.model.backbones import Backbone

MARKER_NAMES = ("headStart", "headEnd", "tailStart", "tailEnd")
_MARKER_TOKENS = ("[E1]", "[/E1]", "[E2]", "[/E2]")
_UNUSED = re.compile(r"\[unused\d+\]")
_WHITE_SPACE = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))))


@dataclass(frozen=True)
class SpecialIds:
    """Ids that frame a row (`cls` first, `sep` last), fill it up (`pad`), and hide a token in training (`mask`; GPT-2 has none)."""

    cls: int
    sep: int
    pad: int
    mask: int | None


def special_ids(tokenizer: Tokenizer, backbone: Backbone) -> SpecialIds:
    """The special tokens of a family's vocabulary. Raises ValueError naming the one that is missing."""

    def find(name: str) -> int | None:
        return next((found for token in backbone.special_tokens.get(name, ()) if (found := tokenizer.token_to_id(token)) is not None), None)

    ids = {name: find(name) for name in ("cls", "sep", "pad", "mask")}
    missing = [name for name in ("cls", "sep", "pad") if ids[name] is None]
    if missing:
        raise ValueError(f"tokenizer.json has no {' or '.join(backbone.special_tokens[missing[0]])}, which {backbone.family} rows need")
    return SpecialIds(**ids)


def with_markers(tokenizer: Tokenizer) -> dict[str, int]:
    """Ids of the four marker tokens by their manifest name: BERT's [unused0] to [unused3], or tokens that are added to the vocabulary."""
    unused = [tokenizer.token_to_id(f"[unused{i}]") for i in range(4)]
    if None not in unused:
        return dict(zip(MARKER_NAMES, unused))
    tokenizer.add_special_tokens(list(_MARKER_TOKENS))
    return {name: tokenizer.token_to_id(token) for name, token in zip(MARKER_NAMES, _MARKER_TOKENS)}


def plain_ids(tokenizer: Tokenizer) -> list[bool]:
    """For every id, whether it stands for text: neither a special token nor one that is kept unused."""
    plain = [True] * tokenizer.get_vocab_size(with_added_tokens=True)
    for token, index in tokenizer.get_vocab(with_added_tokens=True).items():
        if _UNUSED.fullmatch(token):
            plain[index] = False
    for index in tokenizer.get_added_tokens_decoder():
        plain[index] = False
    return plain


def open_tokenizer(folder: Path, backbone: Backbone) -> Tokenizer:
    """The tokenizer of a Hugging Face folder: tokenizer.json, or what `transformers` makes of vocab.txt (BERT) or of vocab.json and merges.txt (GPT-2).

    Raises FileNotFoundError naming what is missing.
    """
    if (folder / "tokenizer.json").exists():
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    older = {"bert": ("vocab.txt",), "gpt2": ("vocab.json", "merges.txt")}.get(backbone.family, ())
    if not older or not all((folder / name).exists() for name in older):
        wanted = "tokenizer.json" + (f" (or {' and '.join(older)})" if older else ": have `transformers` write it with AutoTokenizer.from_pretrained(...).save_pretrained(...)")
        raise FileNotFoundError(f"{folder} has no {wanted}")
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder)).backend_tokenizer


def train_tokenizer(backbone: Backbone, texts: Iterable[str], size: int) -> Tokenizer:
    """A vocabulary of at most `size` tokens from texts, of the family's own kind: WordPiece (BERT), unigram pieces (ALBERT) or byte-level BPE (GPT-2). Raises
    ValueError naming the config's key where it is too small for the characters of the texts (ALBERT)."""
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
    ends = [(name, tokenizer.token_to_id(name)) for name in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = processors.BertProcessing(*ends)
    return tokenizer


def _unigrams(texts: Iterable[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        texts, trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False)
    )
    return tokenizer


def _byte_pairs(texts: Iterable[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def neutraliser(tokenizer_json: str):
    """A function that rewrites a text, at the same length, so that no special token is found in it; as shared/engine/special-tokens.ts does."""
    added = [token for token in json.loads(tokenizer_json).get("added_tokens") or [] if token["content"].strip()]
    patterns = [_any_of([t["content"] for t in added if bool(t.get("normalized")) is folded], folded) for folded in (False, True)]

    def rewrite(text: str) -> str:
        for pattern in patterns:
            if pattern is not None and pattern.search(text):
                text = pattern.sub(lambda m: m[0].lower() if len(m[0].lower()) == len(m[0]) else m[0], text)
                while pattern.search(text):
                    text = pattern.sub(lambda m: " " + m[0][1:], text)
        return text

    return rewrite


def _any_of(contents: list[str], folded: bool) -> re.Pattern[str] | None:
    ordered = sorted(contents, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE if folded else 0) if ordered else None


def is_punctuation(char: str) -> bool:
    """As BERT's pre-tokenizer has it: ASCII signs and Unicode's punctuation."""
    return (char.isascii() and char.isprintable() and not char.isalnum() and char != " ") or unicodedata.category(char).startswith("P")


def cut_words(text: str, offsets: list[tuple[int, int]], words: list[int | None]) -> tuple[list[tuple[int, int]], list[int]]:
    """Offsets without the white space that unigram and byte-level tokens carry, and the tokens that begin a word: the first, and those at white space and around
    punctuation, as BERT cuts. A token of white space alone stands at the end of the word before it and begins none; nor does one that begins at the same
    character as the token before it.
    shared/engine/word-cuts.ts does the same."""
    if not offsets:
        return [], []
    trimmed = [_trimmed(text, start, end) for start, end in offsets]
    first = next((token for token, (start, end) in enumerate(trimmed) if start < end), 0)
    trimmed[:first] = [(trimmed[first][0],) * 2] * first
    later = range(first + 1, len(trimmed))
    for token in later:
        if trimmed[token][0] == trimmed[token][1]:
            trimmed[token] = (trimmed[token - 1][1],) * 2
    return trimmed, [0, *(t for t in later if _begins_word(text, trimmed, t, words[t] != words[t - 1]))]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while end > start and text[end - 1] in _WHITE_SPACE:
        end -= 1
    while start < end and text[start] in _WHITE_SPACE:
        start += 1
    return start, end


def _begins_word(text: str, trimmed: list[tuple[int, int]], token: int, new_piece: bool) -> bool:
    start, end = trimmed[token]
    before, before_end = trimmed[token - 1]
    if start == end or start == before < before_end:
        return False
    return new_piece or text[start - 1] in _WHITE_SPACE or is_punctuation(text[start - 1]) or is_punctuation(text[start])

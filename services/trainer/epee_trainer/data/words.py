"""Words of a text for every tokenizer, and texts in which no special token is found.
shared/adapters/engine/tokens does the same."""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence

_WHITE_SPACE = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))))

Offsets = tuple[int, int]


def neutraliser(tokenizer_json: str) -> Callable[[str], str]:
    """A function that rewrites a text, at the same length, so that it holds no special token."""
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


def cut_words(text: str, offsets: list[Offsets], words: Sequence[int | None]) -> tuple[list[Offsets], list[int]]:
    """Offsets without the white space that unigram and byte-level tokens carry, and the tokens that
    begin a word: the first, and those at white space and around punctuation, as BERT cuts. A token
    of white space alone is at the end of the word before it and begins none; nor does one that
    begins at the same character as the token before it."""
    if not offsets:
        return [], []
    trimmed: list[Offsets] = [_trimmed(text, start, end) for start, end in offsets]
    first = next((token for token, (start, end) in enumerate(trimmed) if start < end), 0)
    trimmed[:first] = [(trimmed[first][0], trimmed[first][0])] * first
    later = range(first + 1, len(trimmed))
    for token in later:
        if trimmed[token][0] == trimmed[token][1]:
            trimmed[token] = (trimmed[token - 1][1], trimmed[token - 1][1])
    return trimmed, [0, *(t for t in later if _begins_word(text, trimmed, t, words[t] != words[t - 1]))]


def _trimmed(text: str, start: int, end: int) -> Offsets:
    while end > start and text[end - 1] in _WHITE_SPACE:
        end -= 1
    while start < end and text[start] in _WHITE_SPACE:
        start += 1
    return start, end


def _begins_word(text: str, trimmed: list[Offsets], token: int, new_piece: bool) -> bool:
    start, end = trimmed[token]
    before, before_end = trimmed[token - 1]
    if start == end or start == before < before_end:
        return False
    return new_piece or text[start - 1] in _WHITE_SPACE or is_punctuation(text[start - 1]) or is_punctuation(text[start])

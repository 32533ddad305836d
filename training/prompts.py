"""Sentences to synthesise, and the letters a recogniser should print for them."""

import lzma
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

N_HELD_OUT = 4000  # the first lines of the file are only ever used for evaluation

_TITLES = {"mr": "MISTER", "mrs": "MISSUS", "dr": "DOCTOR"}
_QUOTES = str.maketrans({"’": "'", "‘": " ", "“": " ", "”": " ", "—": " ", "–": " ", "-": " ", "_": " "})
# Engines disagree on, or spell out, anything that is not a plain word.
_UNSPEAKABLE = re.compile(r"[0-9&$£%*@#/\\=+<>\[\](){}|^~]|[^\x00-\x7f]|\b[A-Z]{2,}\b|\b[B-HJ-NP-Z]\b|\b(St|etc|viz|Esq|Jr|Sr|No|Vol|Co)\.")


def letters(sentence: str) -> str | None:
    """Upper-case words of A-Z and apostrophe, or None for a sentence that has no safe reading."""
    plain = sentence.translate(_QUOTES)
    if _UNSPEAKABLE.search(plain):
        return None
    words = [word.strip("'") for word in re.findall(r"[A-Za-z']+", plain)]
    return " ".join(_TITLES.get(word.lower(), word.upper()) for word in words if word)


def read_sentences(path: Path, held_out: bool) -> Iterator[tuple[str, str]]:
    """(sentence to speak, letters) for every usable sentence of one side of the split."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if held_out and number >= N_HELD_OUT:
                return
            if not held_out and number < N_HELD_OUT:
                continue
            text = letters(line)
            if text and 2 <= text.count(" ") + 1 <= 18 and len(text) <= 110:
                yield line.strip().translate(_QUOTES), text


def rich_in_words(sentences: Iterator[tuple[str, str]], times: int = 2) -> Iterator[tuple[str, str]]:
    """Keeps a sentence when it holds a word heard fewer than `times` times, and every sixteenth of the others."""
    heard: Counter[str] = Counter()
    for number, (sentence, text) in enumerate(sentences):
        words = text.split()
        if number % 16 == 0 or any(heard[word] < times for word in words):
            heard.update(words)
            yield sentence, text

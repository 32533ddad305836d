"""Sentences -> prompts for kokoro_speak.py: accent (a: US, b: British), letters and phonemes, one a line.

Needs `kokoro-onnx`, whose tokenizer has espeak-ng make the phonemes.
"""

import argparse
import itertools
from pathlib import Path

from kokoro_onnx.tokenizer import Tokenizer

from prompts import read_sentences, rich_in_words

ACCENTS = ["a", "a", "a", "b"]
LANGUAGES = {"a": "en-us", "b": "en-gb"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sentences", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=40000)
    parser.add_argument("--held-out", action="store_true", help="sentences for an evaluation, behind those that synthesise.py takes")
    options = parser.parse_args()
    tokenizer = Tokenizer()
    if options.held_out:
        pairs = itertools.islice(read_sentences(options.sentences, held_out=True), 400, None)
    else:
        pairs = rich_in_words(read_sentences(options.sentences, held_out=False), times=3)
    with open(options.out, "w", encoding="utf-8") as out:
        for number, (sentence, letters) in enumerate(itertools.islice(pairs, options.count)):
            accent = ACCENTS[number // 25 % len(ACCENTS)]
            phonemes = tokenizer.phonemize(sentence, LANGUAGES[accent]).strip(" ,;:—")
            if phonemes and len(phonemes) < 300:
                closing = "" if phonemes[-1] in ".!?" else "."
                out.write(f"{accent}\t{letters}\t{phonemes}{closing}\n")


if __name__ == "__main__":
    main()

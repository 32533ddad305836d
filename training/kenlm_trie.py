"""A trigram model -> KenLM's binary format, version 5: a trie with quantised weights, and the words' spelling.

A trie is read from the last word of an n-gram backwards, so a level is sorted by last word first.
"""

import struct
from pathlib import Path

import numpy as np

from ngrams import BITS, MASK, ORDER, NGrams

MAGIC = b"mmap lm http://kheafield.com/code format version 5\n"
QUANTISED_TRIE = 3
LOWEST_LOG10 = -99.0


def hash_word(word: str) -> int:
    """MurmurHash64A with seed 0, by which KenLM knows words."""
    multiplier, mask = 0xC6A4A7935BD1E995, (1 << 64) - 1
    data = word.encode()
    value = len(data) * multiplier & mask
    whole = len(data) // 8 * 8
    for (block,) in struct.iter_unpack("<Q", data[:whole]):
        block = block * multiplier & mask
        value = (value ^ ((block ^ block >> 47) * multiplier & mask)) * multiplier & mask
    if len(data) > whole:
        value = (value ^ int.from_bytes(data[whole:], "little")) * multiplier & mask
    value = (value ^ value >> 47) * multiplier & mask
    return value ^ value >> 47


def make_bins(values: np.ndarray, n_bins: int) -> np.ndarray:
    """The means of n_bins equal shares of the values, rising."""
    return np.array([share.mean() for share in np.array_split(np.sort(values), min(n_bins, len(values)))], "<f4")


def nearest(bins: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.searchsorted((bins[1:] + bins[:-1]) / 2, values)


def pack(fields: list[tuple[np.ndarray, int]]) -> bytes:
    """Records of the fields' lowest bits, the first field lowest, without padding between records; and spare bytes."""
    bits = [
        np.unpackbits(np.ascontiguousarray(values, "<u8").view(np.uint8).reshape(-1, 8), axis=1, count=n, bitorder="little")
        for values, n in fields
    ]
    return np.packbits(np.hstack(bits), bitorder="little").tobytes() + bytes(8)


def count_bits(highest: int) -> int:
    return int(highest).bit_length()


class Level:
    """The n-grams of one length in the order of the trie, with KenLM's ids."""

    def __init__(self, ngrams: NGrams, n: int, ids: np.ndarray):
        # Of a reversed n-gram, the first words lie lowest, and what a longer n-gram has more lies lower still.
        reversed_keys = np.zeros(len(ngrams.keys), np.int64)
        for place in range(n):
            reversed_keys = (reversed_keys << BITS) | ids[(ngrams.keys >> BITS * place) & MASK]
        order = np.argsort(reversed_keys)
        self.keys = reversed_keys[order]
        self.probs = np.maximum(np.log10(np.maximum(ngrams.probs[order], 1e-99)), LOWEST_LOG10)
        self.backoffs = np.log10(ngrams.backoffs[order])
        self.original = ngrams.keys[order]

    def first_longer(self, longer: "Level") -> np.ndarray:
        """Where the longer n-grams of each one begin; the last entry is where they all end."""
        starts = np.searchsorted(longer.keys >> BITS, self.keys)
        return np.append(starts, len(longer.keys))


def is_context(level: Level, longer: Level) -> np.ndarray:
    return np.isin(level.original, longer.original >> BITS)


def write(path: Path, words: list[str], ngrams: list[NGrams], prob_bits: int, backoff_bits: int) -> None:
    """words: the spelling of each id; <unk>, <s> and </s> come first."""
    hashes = np.array([hash_word(word) for word in words[1:]], np.uint64)
    order = np.argsort(hashes)
    ids = np.zeros(len(words), np.int64)
    ids[order + 1] = np.arange(1, len(words))
    levels = [Level(grams, n, ids) for n, grams in enumerate(ngrams, 1)]

    head = struct.pack("<56s3f3LQ", MAGIC, 0.0, 1.0, -0.5, 1, 0xFFFFFFFF, 0, 1)
    head += struct.pack("<B3xfLB3xL", ORDER, 1.5, QUANTISED_TRIE, 1, 1)
    head += struct.pack(f"<{ORDER}Q", *(len(level.keys) for level in levels))
    head += bytes(-len(head) % 8)
    parts = [head, struct.pack("<Q", len(hashes)), hashes[order].tobytes(), bytes(8)]

    # Two bins stand for no back-off weight: of a context of nothing, and of a context.
    n_records, bins = [len(level.keys) for level in levels], []
    parts.append(struct.pack("<BBB5x", 2, prob_bits, backoff_bits))
    for n in range(2, ORDER + 1):
        level = levels[n - 1]
        tables = [make_bins(level.probs, 1 << prob_bits)]
        if n < ORDER:
            used = level.backoffs[is_context(level, levels[n])]
            tables.append(np.append(np.array([-0.0, 0.0], "<f4"), make_bins(used, (1 << backoff_bits) - 2)))
        bins.append(tables)
        for table, n_bits in zip(tables, (prob_bits, backoff_bits)):
            parts.append(np.append(table, np.full((1 << n_bits) - len(table), table[-1], "<f4")).astype("<f4").tobytes())

    unigrams = np.zeros(n_records[0] + 2, np.dtype([("prob", "<f4"), ("backoff", "<f4"), ("next", "<u8")]))
    unigrams["prob"][:-2] = levels[0].probs
    unigrams["backoff"][:-2] = np.where(is_context(levels[0], levels[1]), levels[0].backoffs, -0.0)
    unigrams["next"][:-1] = levels[0].first_longer(levels[1])
    unigrams["next"][-1] = n_records[1]
    parts.append(unigrams.tobytes())

    word_bits = count_bits(n_records[0])
    for n in range(2, ORDER + 1):
        level, (prob_bins, *backoff_bins) = levels[n - 1], bins[n - 2]
        fields = [(level.keys & MASK, word_bits)]
        if n < ORDER:
            context = is_context(level, levels[n])
            quantised = np.where(context, 2 + nearest(backoff_bins[0][2:], level.backoffs), 0)
            fields.append((quantised, backoff_bits))
        fields.append((nearest(prob_bins, level.probs), prob_bits))
        if n < ORDER:
            fields.append((level.first_longer(levels[n]), count_bits(n_records[n])))
        # One more record, for the end of the last one's longer n-grams.
        padded = [(np.append(values, 0) if len(values) == n_records[n - 1] else values, bits) for values, bits in fields]
        parts.append(pack(padded))

    parts.append(b"<unk>\0" + b"".join(words[i + 1].encode() + b"\0" for i in order))
    path.write_bytes(b"".join(parts))

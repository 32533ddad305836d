"""Word trigrams: counting, modified Kneser-Ney smoothing (Chen and Goodman 1998), entropy pruning (Stolcke 1998).

An n-gram is one integer, its words' ids side by side with the last word lowest, so that numpy sorts and counts n-grams as
numbers, and those with the same context lie together.
"""

from dataclasses import dataclass

import numpy as np

UNKNOWN, BEGIN, END = 0, 1, 2  # the ids of <unk>, <s> and </s>
ORDER = 3
BITS = 20  # of a word's id
MASK = (1 << BITS) - 1


@dataclass
class NGrams:
    """All n-grams of one length, in rising order of their keys."""

    keys: np.ndarray  # int64
    probs: np.ndarray  # P(last word | the words before)
    backoffs: np.ndarray  # factor of the shorter context's probabilities where this n-gram is the context; 1 unless it is one

    def keep(self, kept: np.ndarray) -> "NGrams":
        return NGrams(self.keys[kept], self.probs[kept], self.backoffs[kept])


def contexts(keys: np.ndarray) -> np.ndarray:
    return keys >> BITS


def suffixes(keys: np.ndarray, n: int) -> np.ndarray:
    """The n-grams without their first words."""
    return keys & ((1 << BITS * (n - 1)) - 1)


def find(sorted_keys: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Where each of the keys stands; every one must be there."""
    places = np.searchsorted(sorted_keys, keys)
    assert np.array_equal(sorted_keys[places], keys)
    return places


def count(stream: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(keys, counts) of each length. stream: the ids of all sentences, each from BEGIN to END."""
    counted = []
    keys = stream.astype(np.int64)
    for n in range(1, ORDER + 1):
        if n > 1:
            # No n-gram reaches over the end of a sentence.
            keys = (keys[:-1] << BITS) | stream[n - 1 :]
            keys = keys[: len(stream) - n + 1]
        inner = np.ones(len(keys), bool)
        for back in range(n - 1):
            inner &= (keys >> BITS * (back + 1)) & MASK != END
        counted.append(np.unique(keys[inner], return_counts=True))
    return counted


def continuation_counts(counted: list[tuple[np.ndarray, np.ndarray]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Counts of n-grams below the highest order become numbers of different words before them; but before <s> is nothing."""
    adjusted = [counted[-1]]
    for n in range(ORDER - 1, 0, -1):
        keys, counts = counted[n - 1]
        places = find(keys, suffixes(counted[n][0], n + 1))
        before = np.bincount(places, minlength=len(keys))
        starts = keys >> BITS * (n - 1) == BEGIN
        adjusted.insert(0, (keys, np.where(starts, counts, before)))
    keys, counts = adjusted[0]
    adjusted[0] = (keys, np.where(keys == BEGIN, 0, counts))
    return adjusted


def discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken off a count of 0, 1, 2, and 3 or more."""
    n = [np.count_nonzero(counts == i) for i in range(5)]
    y = n[1] / (n[1] + 2 * n[2])
    return np.array([0.0, *(i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3))])


def smooth(counted: list[tuple[np.ndarray, np.ndarray]]) -> list[NGrams]:
    """Interpolated modified Kneser-Ney."""
    levels: list[NGrams] = []
    for n, (keys, counts) in enumerate(continuation_counts(counted), 1):
        taken = discounts(counts)[np.minimum(counts, 3)]
        if n == 1:
            parents, lower, n_contexts = np.zeros(len(keys), np.int64), np.full(len(keys), 1.0 / (len(keys) - 1)), 1
        else:
            parents = find(levels[-1].keys, contexts(keys))
            lower = levels[-1].probs[find(levels[-1].keys, suffixes(keys, n))]
            n_contexts = len(levels[-1].keys)
        totals = np.bincount(parents, counts, n_contexts)
        spare = np.bincount(parents, taken, n_contexts) / np.maximum(totals, 1)
        probs = (counts - taken) / totals[parents] + spare[parents] * lower
        if n > 1:
            levels[-1].backoffs = np.where(totals > 0, spare, 1.0)
        levels.append(NGrams(keys, probs, np.ones(len(keys))))
    levels[0].probs[levels[0].keys == BEGIN] = 0.0
    return levels


def set_backoffs(levels: list[NGrams]) -> None:
    """So that the probabilities after every context sum to one."""
    for n in range(2, ORDER + 1):
        shorter, longer = levels[n - 2], levels[n - 1]
        parents = find(shorter.keys, contexts(longer.keys))
        lower = shorter.probs[find(shorter.keys, suffixes(longer.keys, n))]
        left = 1.0 - np.bincount(parents, longer.probs, len(shorter.keys))
        left_below = 1.0 - np.bincount(parents, lower, len(shorter.keys))
        has_longer = np.bincount(parents, minlength=len(shorter.keys)) > 0
        shorter.backoffs = np.where(has_longer, np.maximum(left, 1e-9) / np.maximum(left_below, 1e-9), 1.0)


def losses(levels: list[NGrams], n: int, context_counts: np.ndarray) -> np.ndarray:
    """How much the model's entropy, in nats a word, grows without each n-gram of length n.

    context_counts: how often each (n - 1)-gram was seen; the Kneser-Ney probability of a context is not the one it has in text.
    """
    shorter, longer = levels[n - 2], levels[n - 1]
    parents = find(shorter.keys, contexts(longer.keys))
    lower = shorter.probs[find(shorter.keys, suffixes(longer.keys, n))]
    left = np.maximum(1.0 - np.bincount(parents, longer.probs, len(shorter.keys)), 1e-9)[parents]
    left_below = np.maximum(1.0 - np.bincount(parents, lower, len(shorter.keys)), 1e-9)[parents]
    backoff = np.log(left) - np.log(left_below)
    changed = np.log(left + longer.probs) - np.log(left_below + lower)
    change = longer.probs * (np.log(lower) + changed - np.log(longer.probs)) + left * (changed - backoff)
    return -change * context_counts[parents] / context_counts.sum()


def prune(levels: list[NGrams], counted: list[tuple[np.ndarray, np.ndarray]], least: float) -> list[NGrams]:
    """Drops n-grams without which the model is hardly worse, and those that hold an unknown word.

    Of an n-gram that stays, so do its beginning and its end, which a trie needs.
    """
    kept = [levels[0]]
    needed = np.zeros(0, np.int64)
    for n in range(ORDER, 1, -1):
        level = levels[n - 1]
        known = np.ones(len(level.keys), bool)
        for place in range(n):
            known &= (level.keys >> BITS * place) & MASK != UNKNOWN
        stays = known & ((losses(levels, n, counted[n - 2][1]) >= least) | np.isin(level.keys, needed))
        kept.insert(1, level.keep(stays))
        keys = level.keys[stays]
        needed = np.union1d(contexts(keys), suffixes(keys, n))
    set_backoffs(kept)
    return kept

"""Word and character error rates with bootstrap intervals."""

from dataclasses import dataclass

import numpy as np


def edit_distance(reference: list | str, hypothesis: list | str) -> int:
    row = list(range(len(hypothesis) + 1))
    for i, expected in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, found in enumerate(hypothesis, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (expected != found))
    return row[-1]


@dataclass(frozen=True)
class Rate:
    """An error rate in per cent with its 95 % interval, and the number of units it is measured on."""

    percent: float
    low: float
    high: float
    n_units: int

    def __str__(self) -> str:
        return f"{self.percent:.1f} ({self.low:.1f} to {self.high:.1f})"


def _rate(errors: np.ndarray, counts: np.ndarray, n_resamples: int = 1000) -> Rate:
    """Clips are resampled with replacement."""
    picks = np.random.default_rng(0).integers(len(errors), size=(n_resamples, len(errors)))
    rates = 100 * errors[picks].sum(axis=1) / counts[picks].sum(axis=1)
    low, high = np.percentile(rates, [2.5, 97.5])
    return Rate(100 * errors.sum() / counts.sum(), low, high, int(counts.sum()))


def error_rates(pairs: list[tuple[str, str]]) -> tuple[Rate, Rate]:
    """(reference, hypothesis) texts -> word and character error rate."""
    words = [(reference.split(), hypothesis.split()) for reference, hypothesis in pairs]
    return tuple(
        _rate(np.array([edit_distance(*pair) for pair in units]), np.array([len(pair[0]) for pair in units]))
        for units in (words, pairs)
    )

"""Shards: a flat file of 16 kHz int16 samples (NAME.pcm) beside a table of its clips (NAME.tsv).

The table is renamed into place last, so a trainer that watches the folder only ever sees whole shards.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE_HZ = 16000


@dataclass(frozen=True)
class Clip:
    """One utterance: where its samples are, who speaks (corpus or voice), and its normalised text."""

    samples: np.ndarray  # int16, a view into the mapped shard
    source: str
    text: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE_HZ


class ShardWriter:
    """Writes one shard; used as a context manager, which publishes it on success."""

    def __init__(self, folder: Path, name: str):
        folder.mkdir(parents=True, exist_ok=True)
        self.base = folder / name
        self.rows: list[str] = []
        self.n_samples = 0

    def __enter__(self) -> "ShardWriter":
        self.pcm = open(self.base.with_suffix(".pcm"), "wb")
        return self

    def add(self, samples: np.ndarray, source: str, text: str) -> None:
        """samples: float in [-1, 1] at 16 kHz."""
        pcm = (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2")
        self.pcm.write(pcm.tobytes())
        self.rows.append(f"{self.n_samples}\t{len(pcm)}\t{source}\t{text}\n")
        self.n_samples += len(pcm)

    def __exit__(self, kind, *_):
        self.pcm.close()
        if kind is None:
            part = self.base.with_suffix(".part")
            part.write_text("".join(self.rows))
            os.replace(part, self.base.with_suffix(".tsv"))


def read_shard(table: Path) -> list[Clip]:
    pcm = np.memmap(table.with_suffix(".pcm"), dtype="<i2", mode="r")
    clips = []
    for row in table.read_text().splitlines():
        start, count, source, text = row.split("\t")
        clips.append(Clip(pcm[int(start) : int(start) + int(count)], source, text))
    return clips


def trim(samples: np.ndarray) -> np.ndarray:
    """Leaves at most 0.15 s of silence at both ends of what was synthesised."""
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    if not len(loud):
        return samples[:0]
    margin = int(0.15 * RATE_HZ)
    return samples[max(0, loud[0] - margin) : loud[-1] + margin]


def is_plausible(samples: np.ndarray, letters: str) -> bool:
    """An engine that read something else than the letters shows in an impossible speaking rate."""
    return 0.03 < len(samples) / RATE_HZ / len(letters) < 0.2

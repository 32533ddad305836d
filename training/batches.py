"""Batches of clips of one length: no padding, so every statistic over a clip is what inference will see.

Clips of similar length are drawn from the sources by weight, and each is played a little faster or slower so that
all have the same number of samples: the speed augmentation and the batching are one step.
"""

import itertools
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from augment import Augmenter, stretch
from model import HOP
from shards import RATE_HZ, Clip, read_shard

# How often a source is drawn; sources are matched by their whole name, else by the part before the first '-'.
SHARES = {"librispeech": 0.08, "kathleen": 0.12, "ljspeech": 0.08, "philipp": 0.02, "speechocean762": 0.06,
          "flite-slt": 0.18, "flite-kal": 0.09, "flite-kal16": 0.09, "flite-rms": 0.11, "flite-awb": 0.11,
          "espeak": 0.06}  # fmt: skip
MAX_SECONDS = 16.0
MAX_STRETCH = 1.13
WORDLESS_SHARE = 0.01


def normalise(samples: np.ndarray) -> np.ndarray:
    """Zero mean and unit variance, as Wav2Vec2FeatureExtractor does it."""
    return (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)


class Source:
    """Clips of one source in order of length."""

    def __init__(self):
        self.clips: list[Clip] = []
        self.lengths = np.zeros(0, dtype=np.int64)

    def extend(self, clips: list[Clip]) -> None:
        self.clips = sorted(self.clips + clips, key=lambda clip: len(clip.samples))
        self.lengths = np.array([len(clip.samples) for clip in self.clips])

    def draw_near(self, n: int, rng: np.random.Generator) -> Clip | None:
        first, last = np.searchsorted(self.lengths, [n / MAX_STRETCH, n * MAX_STRETCH])
        return self.clips[rng.integers(first, last)] if last > first else None


class Pool:
    """All training clips by source; looks for new shards in its folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.seen: set[Path] = set()
        self.sources: dict[str, Source] = {}

    def refresh(self) -> None:
        fresh: dict[str, list[Clip]] = {}
        for table in sorted(set(self.folder.glob("*.tsv")) - self.seen):
            self.seen.add(table)
            for clip in read_shard(table):
                if 0.7 <= clip.seconds <= MAX_SECONDS:
                    name = clip.source if clip.source in SHARES else clip.source.split("-")[0]
                    fresh.setdefault(name, []).append(clip)
        for name, clips in fresh.items():
            self.sources.setdefault(name, Source()).extend(clips)

    def seconds(self) -> float:
        return sum(int(source.lengths.sum()) for source in self.sources.values()) / RATE_HZ

    def draw(self, seconds: float, rng: np.random.Generator) -> tuple[int, list[Clip]]:
        """Clips of similar length, about `seconds` together, and the number of samples each is to have."""
        names = list(self.sources)
        shares = np.array([SHARES[name] for name in names])
        shares /= shares.sum()
        anchor = self.sources[names[rng.choice(len(names), p=shares)]]
        n = int(anchor.lengths[rng.integers(len(anchor.lengths))] * rng.uniform(0.92, 1.08))
        n = max(3, round(n / HOP)) * HOP
        clips = []
        for name in rng.choice(names, size=max(1, round(seconds * RATE_HZ / n)), p=shares):
            clip = self.sources[name].draw_near(n, rng) or anchor.draw_near(n, rng)
            if clip:
                clips.append(clip)
        return n, clips


class Batch:
    """samples [clips, n]; mask [clips, frames] of 0 and 1; targets: all labels in a row; lengths of each label row."""

    def __init__(self, samples: np.ndarray, mask: np.ndarray, labels: list[list[int]]):
        self.samples, self.mask = torch.from_numpy(samples), torch.from_numpy(mask)
        self.targets = torch.tensor([label for row in labels for label in row])
        self.lengths = torch.tensor([len(row) for row in labels])


class Loader:
    """Endless batches, made ahead of time by a thread."""

    def __init__(self, pool: Pool, vocabulary: dict[str, int], seconds: float, seed: int, strength: float = 1.0):
        self.pool, self.vocabulary, self.seconds = pool, vocabulary, seconds
        self.rng = np.random.default_rng(seed)
        self.augment = Augmenter(self.rng, strength)
        self.ready: queue.Queue[Batch | Exception] = queue.Queue(maxsize=12)
        threading.Thread(target=self._produce, daemon=True).start()

    def __iter__(self) -> Iterator[Batch]:
        while True:
            item = self.ready.get()
            if isinstance(item, Exception):
                raise item
            yield item

    def _produce(self) -> None:
        try:
            for count in itertools.count():
                if count % 200 == 0:
                    self.pool.refresh()
                self.ready.put(self._make())
        except Exception as error:  # raised again where the batches are used
            self.ready.put(error)

    def _make(self) -> Batch:
        n, clips = self.pool.draw(self.seconds, self.rng)
        examples = [self._example(clip, n) for clip in clips]
        samples = np.stack([normalise(sound).astype(np.float32) for sound, _ in examples])
        return Batch(samples, self._mask(len(clips), n // HOP), [encode(text, self.vocabulary) for _, text in examples])

    def _example(self, clip: Clip, n: int) -> tuple[np.ndarray, str]:
        """What is heard and what it says; now and then nothing, so that noise and silence are not taken for words."""
        if self.rng.random() < WORDLESS_SHARE:
            return self.augment.wordless(n), ""
        return self.augment(stretch(clip.samples.astype(np.float32) / 32768, n)), clip.text

    def _mask(self, n_clips: int, n_frames: int) -> np.ndarray:
        """In two clips of three (times strength) about one span of up to 0.2 s is hidden in every two seconds."""
        mask = np.ones((n_clips, n_frames), dtype=np.float32)
        for row in mask:
            if self.rng.random() < 0.67 * self.augment.strength:
                for _ in range(self.rng.poisson(n_frames / 100)):
                    start = self.rng.integers(n_frames)
                    row[start : start + self.rng.integers(2, 11)] = 0.0
        return mask


def encode(text: str, vocabulary: dict[str, int]) -> list[int]:
    return [vocabulary["|" if letter == " " else letter] for letter in text]

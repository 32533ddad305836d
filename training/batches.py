"""Batches of clips of one length: no padding, so every statistic over a clip is what inference will see.

Clips of similar length are drawn from the sources by weight, and each is played a little faster or slower so that
all have the same number of samples: the speed augmentation and the batching are one step. All samples lie on the
device that trains, and batches are made there.
"""

import itertools
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from augment import Augmenter
from model import HOP
from shards import RATE_HZ, read_shard

# How often a source is drawn; sources are matched by their whole name, else by the part before the first '-'. Others
# are drawn as often as OTHER_SHARE says.
SHARES = {"librispeech": 0.09, "librispeech-tc100": 0.10, "kathleen": 0.07, "ljspeech": 0.07, "philipp": 0.02,
          "speechocean762": 0.12, "kokoro": 0.30, "flite-slt": 0.12, "flite-kal": 0.055, "flite-kal16": 0.06,
          "flite-rms": 0.11, "flite-awb": 0.11, "espeak": 0.25, "rhvoice": 0.05}  # fmt: skip
OTHER_SHARE = 0.10
MAX_SECONDS = 16.0
MAX_STRETCH = 1.13
LENGTH_STEP = 16 * HOP  # few lengths, so that a GPU meets few shapes
PAIR_SHARE = 0.25
WORDLESS_SHARE = 0.025


@dataclass(frozen=True)
class Piece:
    """One utterance among the samples of the pool."""

    start: int
    count: int
    labels: list[int]


class Source:
    """Pieces of one source in order of length."""

    def __init__(self):
        self.pieces: list[Piece] = []
        self.counts = np.zeros(0, dtype=np.int64)

    def extend(self, pieces: list[Piece]) -> None:
        self.pieces = sorted(self.pieces + pieces, key=lambda piece: piece.count)
        self.counts = np.array([piece.count for piece in self.pieces])

    def draw(self, shortest: float, longest: float, rng: np.random.Generator) -> Piece | None:
        first, last = np.searchsorted(self.counts, [shortest, longest])
        return self.pieces[rng.integers(first, last)] if last > first else None

    def draw_row(self, n: int, rng: np.random.Generator) -> list[Piece] | None:
        """One piece that can be stretched to n samples, or now and then two that together can."""
        if rng.random() < PAIR_SHARE and (first := self.draw(0.2 * n, 0.8 * n, rng)):
            rest = n - first.count
            if second := self.draw(rest / MAX_STRETCH, rest * MAX_STRETCH, rng):
                return [first, second]
        piece = self.draw(n / MAX_STRETCH, n * MAX_STRETCH, rng)
        return [piece] if piece else None


class Pool:
    """All training clips by source; looks for new shards in its folder."""

    def __init__(self, folder: Path, vocabulary: dict[str, int], device: torch.device):
        self.folder, self.vocabulary = folder, vocabulary
        self.seen: set[Path] = set()
        self.sources: dict[str, Source] = {}
        self.samples = torch.empty(0, dtype=torch.int16, device=device)
        self.n_samples = 0

    def refresh(self) -> None:
        for table in sorted(set(self.folder.glob("*.tsv")) - self.seen):
            self.seen.add(table)
            fresh: dict[str, list[Piece]] = {}
            for clip in read_shard(table):
                if 0.7 <= clip.seconds <= MAX_SECONDS:
                    name = clip.source if clip.source in SHARES else clip.source.split("-")[0]
                    piece = Piece(self._append(clip.samples), len(clip.samples), encode(clip.text, self.vocabulary))
                    fresh.setdefault(name, []).append(piece)
            for name, pieces in fresh.items():
                self.sources.setdefault(name, Source()).extend(pieces)

    def _append(self, samples: np.ndarray) -> int:
        """Returns where they stand."""
        start, self.n_samples = self.n_samples, self.n_samples + len(samples)
        if self.n_samples > len(self.samples):
            larger = self.samples.new_empty(max(2 * len(self.samples), self.n_samples))
            larger[:start] = self.samples[:start]
            self.samples = larger
        self.samples[start : self.n_samples] = torch.from_numpy(np.array(samples))
        return start

    def seconds(self) -> float:
        return self.n_samples / RATE_HZ

    def draw(self, seconds: float, rng: np.random.Generator) -> tuple[int, list[list[Piece]]]:
        """Rows of pieces, about `seconds` together, and the number of samples each row is to have."""
        names = list(self.sources)
        shares = np.array([SHARES.get(name, OTHER_SHARE) for name in names])
        shares /= shares.sum()
        anchor = self.sources[names[rng.choice(len(names), p=shares)]]
        n = anchor.counts[rng.integers(len(anchor.counts))] * rng.uniform(0.92, 1.08)
        n = max(3, round(n / LENGTH_STEP)) * LENGTH_STEP
        rows = []
        for name in rng.choice(names, size=max(1, round(seconds * RATE_HZ / n)), p=shares):
            row = self.sources[name].draw_row(n, rng) or anchor.draw_row(n, rng)
            if row:
                rows.append(row)
        return n, rows

    def play(self, rows: list[list[Piece]], n: int) -> Tensor:
        """[rows, n]: the pieces of each row in turn, faster or slower (pitch moves along; linear interpolation)."""
        table = []
        for first, *rest in rows:
            second = rest[0] if rest else first
            n_first = round(n * first.count / (first.count + second.count)) if rest else n
            table.append((first.start, first.count, second.start, second.count, n_first))
        device = self.samples.device
        columns = torch.tensor(table, device=device).T[:, :, None]
        time = torch.arange(n, device=device)
        n_first = columns[4]
        is_second = time >= n_first
        start, count = (torch.where(is_second, columns[i + 2], columns[i]) for i in (0, 1))
        step = (count - 1) / (torch.where(is_second, n - n_first, n_first) - 1).clamp(min=1).double()
        position = torch.where(is_second, time - n_first, time) * step
        whole = position.long().clamp(max=count - 2)
        before, after = (self.samples[start + whole + i].float() for i in (0, 1))
        return torch.lerp(before, after, (position - whole).float()) / 32768


class Batch:
    """samples [clips, n]; mask [clips, frames] of 0 and 1; targets [clips, labels], padded with 0; their lengths."""

    def __init__(self, samples: Tensor, mask: Tensor, labels: list[list[int]]):
        self.samples, self.mask = samples, mask
        self.lengths = torch.tensor([len(row) for row in labels])
        targets = [torch.tensor(row, dtype=torch.long) for row in labels]
        self.targets = torch.nn.utils.rnn.pad_sequence(targets, batch_first=True).to(samples.device)


class Loader:
    """Endless batches, made ahead of time by a thread."""

    def __init__(self, pool: Pool, seconds: float, seed: int, strength: float = 1.0):
        self.pool, self.seconds = pool, seconds
        self.rng = np.random.default_rng(seed)
        self.augment = Augmenter(self.rng, pool.samples.device, strength)
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
                if count % 50 == 0:
                    self.pool.refresh()
                self.ready.put(self._make())
        except Exception as error:  # raised again where the batches are used
            self.ready.put(error)

    def _make(self) -> Batch:
        n, rows = self.pool.draw(self.seconds, self.rng)
        samples = self.augment(self.pool.play(rows, n))
        labels = [[label for piece in row for label in piece.labels + [self.pool.vocabulary["|"]]][:-1] for row in rows]
        # Now and then nothing is said, so that noise and silence are not taken for words.
        wordless = np.flatnonzero(self.rng.random(len(rows)) < WORDLESS_SHARE)
        if len(wordless):
            samples[torch.from_numpy(wordless).to(samples.device)] = self.augment.wordless(len(wordless), n)
            labels = [[] if i in wordless else row for i, row in enumerate(labels)]
        return Batch(normalise(samples), self._mask(len(rows), n // HOP, samples.device), labels)

    def _mask(self, n_clips: int, n_frames: int, device: torch.device) -> Tensor:
        """In four clips of five (times strength) about one span of 0.04 to 0.3 s is hidden in every second."""
        chance = torch.from_numpy(self.rng.random((n_clips, 1)) < 0.8 * self.augment.strength).to(device) / 50
        starts = torch.rand(n_clips, n_frames, device=device) < chance
        lengths = starts * torch.randint(2, 16, starts.shape, device=device)
        hidden = starts
        for lag in range(1, 15):
            hidden = hidden | torch.nn.functional.pad(lengths > lag, (lag, -lag))
        return 1.0 - hidden.float()


def normalise(samples: Tensor) -> Tensor:
    """Zero mean and unit variance of every clip, as Wav2Vec2FeatureExtractor does it."""
    variance, mean = torch.var_mean(samples, dim=-1, keepdim=True, correction=0)
    return (samples - mean) * torch.rsqrt(variance + 1e-7)


def encode(text: str, vocabulary: dict[str, int]) -> list[int]:
    return [vocabulary["|" if letter == " " else letter] for letter in text]

"""Made-up music, so that a model hears some in which nothing is said.

Each piece has a key, a tempo and a few parts (melody, chords, bass, drums), whose instruments are sums of partials
drawn at random.
"""

from dataclasses import dataclass

import numpy as np

from shards import RATE_HZ

PIECE_SECONDS = 20.0
SCALES = ([0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 2, 4, 7, 9], [0, 3, 5, 7, 10])  # semitones


@dataclass(frozen=True)
class Instrument:
    """Partials of a note and how it swells and dies."""

    levels: np.ndarray
    stretch: float  # of the partials, as stiff strings and bells have it
    attack_s: float
    decay_s: float
    vibrato: float  # part of the frequency
    vibrato_hz: float
    formants_hz: np.ndarray  # none, or those of a sung vowel

    @staticmethod
    def draw(rng: np.random.Generator) -> "Instrument":
        n = int(rng.integers(1, 20))
        levels = np.arange(1, n + 1) ** -rng.uniform(0.4, 2.5) * rng.uniform(0.2, 1.0, n)
        if rng.random() < 0.2:  # as of a clarinet
            levels[1::2] *= 0.1
        formants = np.array([rng.uniform(300, 900), rng.uniform(900, 2400)]) if rng.random() < 0.25 else np.zeros(0)
        return Instrument(levels, rng.uniform(0, 4e-4) * (rng.random() < 0.4), 10 ** rng.uniform(-2.7, -0.7), 10 ** rng.uniform(-0.9, 0.7),
                          rng.uniform(0, 0.012) * (rng.random() < 0.4), rng.uniform(4, 7), formants)  # fmt: skip

    def play(self, hz: float, seconds: float, rng: np.random.Generator) -> np.ndarray:
        time = np.arange(int((seconds + 0.15) * RATE_HZ)) / RATE_HZ
        bend = time - self.vibrato * np.cos(2 * np.pi * self.vibrato_hz * time) / (2 * np.pi * self.vibrato_hz)
        orders = np.arange(1, len(self.levels) + 1)
        partials_hz = hz * orders * np.sqrt(1 + self.stretch * orders**2)
        levels = self.levels * (partials_hz < 7500)
        for formant_hz in self.formants_hz:
            levels = levels * (0.15 + np.exp(-(((partials_hz - formant_hz) / 200) ** 2)))
        phases = rng.uniform(0, 2 * np.pi, len(orders))
        note = sum(level * np.sin(2 * np.pi * partial * bend + phase) for level, partial, phase in zip(levels, partials_hz, phases) if level > 1e-3)
        swell = np.minimum(time / self.attack_s, 1) * np.exp(-time / self.decay_s) * np.clip((time[-1] - time) / 0.15, 0, 1)
        return note * swell


def _drum(kind: int, rng: np.random.Generator) -> np.ndarray:
    """A bass drum, a snare or a cymbal."""
    time = np.arange(int(0.3 * RATE_HZ)) / RATE_HZ
    noise = rng.standard_normal(len(time))
    if kind == 0:
        return 2 * np.sin(2 * np.pi * (50 * time + 6 * (1 - np.exp(-time * 30)))) * np.exp(-time * 14)
    if kind == 1:
        return (noise + np.sin(2 * np.pi * 190 * time)) * np.exp(-time * rng.uniform(15, 30)) * 0.6
    return np.diff(noise, prepend=0.0) * np.exp(-time * rng.uniform(10, 60)) * 0.4


def make_piece(rng: np.random.Generator) -> np.ndarray:
    """float32 samples of unit variance."""
    out = np.zeros(int(PIECE_SECONDS * RATE_HZ))
    beat_s = 60 / rng.uniform(60, 170)
    scale, root = SCALES[rng.integers(len(SCALES))], rng.integers(40, 52)

    def add(samples: np.ndarray, begin_s: float) -> None:
        begin = int(begin_s * RATE_HZ)
        samples = samples[: len(out) - begin]
        out[begin : begin + len(samples)] += samples

    def hz(step: int, octave: int) -> float:
        midi = root + 12 * (octave + step // len(scale)) + scale[step % len(scale)]
        return 440 * 2 ** ((midi - 69) / 12)

    n_beats = int(PIECE_SECONDS / beat_s)
    has_melody, has_chords, has_bass, has_drums = rng.random(4) < (0.8, 0.7, 0.6, 0.5)
    chords = rng.integers(0, len(scale), 4)
    melody, pad, bass = (Instrument.draw(rng) for _ in range(3))
    octave, step = int(rng.integers(1, 3)), 0
    pattern = [np.flatnonzero(rng.random(8) < part) for part in (0.35, 0.3, 0.6)]
    drums = [_drum(kind, rng) for kind in range(3)]
    loudness = rng.uniform(0.3, 1.0, 4)

    for beat in range(n_beats):
        chord = int(chords[beat // 4 % 4])
        if has_chords and beat % 2 == 0:
            for third in (0, 2, 4):
                add(loudness[1] * pad.play(hz(chord + third, 1), 2 * beat_s, rng), beat * beat_s)
        if has_bass:
            add(1.5 * loudness[2] * bass.play(hz(chord, 0), beat_s, rng), beat * beat_s)
        if has_drums:
            for drum, hits in zip(drums, pattern):
                for half in (0, 1):
                    if 2 * (beat % 4) + half in hits:
                        add(loudness[3] * drum, (beat + half / 2) * beat_s)
        if has_melody or not has_chords:
            for part in range(int(rng.choice([1, 1, 2, 4]))):
                step = int(np.clip(step + rng.integers(-3, 4), -4, 10))
                if rng.random() < 0.85:
                    n_parts = 2 if part else 1
                    add(1.2 * loudness[0] * melody.play(hz(step, octave), beat_s / n_parts, rng), (beat + part / 4) * beat_s)
    return (out / (out.std() + 1e-9)).astype(np.float32)

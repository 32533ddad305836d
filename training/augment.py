"""Cheap distortions of one clip, chosen at random: all linear effects share one Fourier transform."""

import numpy as np

from shards import RATE_HZ

_NOISE_SECONDS = 60


class Augmenter:
    def __init__(self, rng: np.random.Generator, strength: float = 1.0):
        """strength scales the probability of every effect."""
        self.rng, self.strength = rng, strength
        self.noises = [_coloured_noise(rng, slope) for slope in (0.0, 0.5, 1.0, 1.3)]

    def _chance(self, probability: float) -> bool:
        return self.rng.random() < probability * self.strength

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """float32 samples of any level -> as many samples of the same order of level."""
        if self._chance(0.5):
            x = self._filter(x)
        if self._chance(0.5):
            x = self._add_noise(x)
        if self._chance(0.05):
            limit = np.abs(x).max() * self.rng.uniform(0.15, 0.7)
            x = np.clip(x, -limit, limit)
        if self._chance(0.08):
            x = _companded(x, self.rng.choice([32, 64, 128]))
        return x

    def _filter(self, x: np.ndarray) -> np.ndarray:
        """Spectral tilt, a band limit and a room."""
        n = len(x)
        n_fft = _fast_length(n + RATE_HZ // 4)
        spectrum = np.fft.rfft(x, n_fft)
        hz = np.linspace(0.0, RATE_HZ / 2, len(spectrum), dtype=np.float32)
        decibel = self.rng.uniform(-4, 4) * np.log2((hz + 60) / 1000)
        if self._chance(0.4):
            high_hz = self.rng.choice([3400.0, 4000.0, 5500.0, 7000.0])
            decibel -= np.maximum(0, hz - high_hz) * 0.15
        if self._chance(0.4):
            low_hz = self.rng.choice([80.0, 150.0, 300.0])
            decibel -= np.maximum(0, low_hz - hz) * 0.2
        spectrum *= 10 ** (np.clip(decibel, -60, 20) / 20)
        if self._chance(0.4):
            spectrum *= np.fft.rfft(self._room(), n_fft)
        return np.fft.irfft(spectrum, n_fft)[:n].astype(np.float32)

    def _room(self) -> np.ndarray:
        """Impulse response: the direct sound, and a tail of noise that decays by 60 dB in 0.1 to 0.5 s."""
        seconds = self.rng.uniform(0.1, 0.5)
        n = RATE_HZ // 4
        tail = self.rng.standard_normal(n, dtype=np.float32) * np.exp(-6.9 / (seconds * RATE_HZ) * np.arange(n))
        tail[: self.rng.integers(16, 320)] = 0.0
        tail *= self.rng.uniform(0.1, 0.7) / np.sqrt((tail**2).sum() + 1e-9)
        tail[0] = 1.0
        return tail.astype(np.float32)

    def wordless(self, n: int) -> np.ndarray:
        """n samples of noise of any loudness, or of nothing at all."""
        return self._noise(n) * np.float32(self.rng.choice([0.0, 1e-4, 1e-2, 1.0]))

    def _noise(self, n: int) -> np.ndarray:
        noise = self.noises[self.rng.integers(len(self.noises))]
        start = self.rng.integers(max(1, len(noise) - n))
        return np.resize(noise[start:], n)

    def _add_noise(self, x: np.ndarray) -> np.ndarray:
        level = np.sqrt(np.mean(x**2)) * 10 ** (-self.rng.uniform(8, 40) / 20)
        return x + level * self._noise(len(x))


def _coloured_noise(rng: np.random.Generator, slope: float) -> np.ndarray:
    """Unit variance; power falls with frequency to the power of slope."""
    n = _fast_length(_NOISE_SECONDS * RATE_HZ)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    spectrum *= (np.arange(len(spectrum)) + 100.0) ** (-slope / 2)
    noise = np.fft.irfft(spectrum, n)
    return (noise / noise.std()).astype(np.float32)


def _companded(x: np.ndarray, levels: int) -> np.ndarray:
    """As through a coarse mu-law telephone codec."""
    peak = np.abs(x).max() + 1e-9
    code = np.sign(x) * np.log1p(255 * np.abs(x) / peak) / np.log(256)
    code = np.round(code * levels) / levels
    return (np.sign(code) * (256 ** np.abs(code) - 1) / 255 * peak).astype(np.float32)


def _fast_length(n: int) -> int:
    """The next multiple of a power of two that keeps the transform quick."""
    step = 1 << max(0, n.bit_length() - 4)
    return -(-n // step) * step


def stretch(x: np.ndarray, n: int) -> np.ndarray:
    """x played faster or slower (pitch moves along) to fill exactly n samples; linear interpolation."""
    return np.interp(np.linspace(0, len(x) - 1, n), np.arange(len(x)), x).astype(np.float32)

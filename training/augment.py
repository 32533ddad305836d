"""Distortions of a batch of clips, chosen at random for each; all linear effects share one Fourier transform.

Everything runs on the device that holds the clips. The numbers of clips that an effect touches are the same in every
batch of a shape, so that a GPU meets few different transforms.
"""

import numpy as np
import torch
from torch import Tensor

from music import make_piece
from shards import RATE_HZ

_MUSIC_PIECES = 24
_NOISE_SECONDS = 60
_ROOM_SAMPLES = RATE_HZ // 4


class Augmenter:
    def __init__(self, rng: np.random.Generator, device: torch.device, strength: float = 1.0):
        """strength scales the probability of every effect."""
        self.rng, self.device, self.strength = rng, device, strength
        noises = [self._coloured_noise(slope) for slope in (-2.0, -1.0, 0.0, 0.5, 1.0, 1.3, 2.0)]
        music = [self._tensor(make_piece(rng)) for _ in range(_MUSIC_PIECES)]
        self.noises = torch.cat(noises + music)

    def __call__(self, x: Tensor) -> Tensor:
        """float32 samples [clips, n] of any level -> as many of the same order of level."""
        for effect, probability in ((self._filter, 0.6), (self._add_noise, 0.5), (self._add_voices, 0.1), (self._clip, 0.05), (self._compand, 0.08)):
            rows = self._choose(len(x), probability)
            if len(rows):
                x[rows] = effect(x[rows])
        return x

    def _choose(self, n_clips: int, probability: float) -> Tensor:
        """As many clips as the probability says, rounded up or down at random where there are few."""
        expected = n_clips * min(1.0, probability * self.strength)
        count = round(expected) if expected > 8 else int(expected + self.rng.random())
        return self._tensor(np.sort(self.rng.permutation(n_clips)[:count]))

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.device)

    def _uniform(self, low: float, high: float, count: int) -> Tensor:
        """[count, 1]"""
        return self._tensor(self.rng.uniform(low, high, (count, 1)).astype(np.float32))

    def _one_of(self, values: list[float], count: int, probability: float, otherwise: float) -> Tensor:
        """[count, 1]: any of the values, or with the rest of the probability the other one."""
        chosen = np.where(self.rng.random((count, 1)) < probability, self.rng.choice(values, (count, 1)), otherwise)
        return self._tensor(chosen.astype(np.float32))

    def _filter(self, x: Tensor) -> Tensor:
        """Spectral tilt, the ripple of a microphone, band limits and a room."""
        count, n = x.shape
        n_fft = _fast_length(n + _ROOM_SAMPLES)
        spectrum = torch.fft.rfft(x, n_fft)
        hz = torch.linspace(0.0, RATE_HZ / 2, spectrum.shape[1], device=self.device)
        octaves = torch.log2((hz + 60) / 1000)
        decibel = self._uniform(-4, 4, count) * octaves
        decibel += self._uniform(0, 4, count) * torch.cos(self._uniform(1, 5, count) * octaves + self._uniform(0, 6.28, count))
        decibel -= (hz - self._one_of([3400.0, 4000.0, 5500.0, 7000.0], count, 0.4, 8000.0)).clamp(min=0) * 0.15
        decibel -= (self._one_of([80.0, 150.0, 300.0], count, 0.4, 0.0) - hz).clamp(min=0) * 0.2
        spectrum *= 10 ** (decibel.clamp(-60, 20) / 20)
        spectrum *= torch.fft.rfft(self._rooms(count), n_fft)
        return torch.fft.irfft(spectrum, n_fft)[:, :n]

    def _rooms(self, count: int) -> Tensor:
        """Impulse responses: the direct sound, and in half of them a tail of noise that decays by 60 dB in 0.1 to 0.6 s."""
        time = torch.arange(_ROOM_SAMPLES, device=self.device)
        tail = torch.randn(count, _ROOM_SAMPLES, device=self.device) * torch.exp(-6.9 / (self._uniform(0.1, 0.6, count) * RATE_HZ) * time)
        tail *= time >= self._uniform(16, 320, count)
        tail *= self._uniform(0.1, 0.8, count) * self._one_of([1.0], count, 0.5, 0.0) / (tail.norm(dim=1, keepdim=True) + 1e-9)
        tail[:, 0] = 1.0
        return tail

    def wordless(self, count: int, n: int) -> Tensor:
        """[count, n] of noise or music of any loudness, or of nothing at all."""
        return self._noise(count, n) * self._one_of([0.0, 1e-4, 1e-2, 1.0], count, 1.0, 0.0)

    def _noise(self, count: int, n: int) -> Tensor:
        starts = self._tensor(self.rng.integers(len(self.noises) - n, size=(count, 1)))
        return self.noises[starts + torch.arange(n, device=self.device)]

    def _add_noise(self, x: Tensor) -> Tensor:
        return x + _level(x) * 10 ** (-self._uniform(5, 40, len(x)) / 20) * self._noise(*x.shape)

    def _add_voices(self, x: Tensor) -> Tensor:
        """Other clips of the batch, too soft to be taken for the one that is meant."""
        others = sum(x.roll(int(shift), dims=0).roll(int(self.rng.integers(x.shape[1])), dims=1) for shift in self.rng.integers(len(x), size=3))
        return x + others * _level(x) / (_level(others) + 1e-9) * 10 ** (-self._uniform(12, 30, len(x)) / 20)

    def _clip(self, x: Tensor) -> Tensor:
        limit = x.abs().amax(dim=1, keepdim=True) * self._uniform(0.15, 0.7, len(x))
        return torch.minimum(torch.maximum(x, -limit), limit)

    def _compand(self, x: Tensor) -> Tensor:
        """As through a coarse mu-law telephone codec."""
        levels = self._one_of([32.0, 64.0, 128.0], len(x), 1.0, 0.0)
        peak = x.abs().amax(dim=1, keepdim=True) + 1e-9
        code = torch.round(torch.log1p(255 * x.abs() / peak) / np.log(256) * levels) / levels
        return torch.sign(x) * (256**code - 1) / 255 * peak

    def _coloured_noise(self, slope: float) -> Tensor:
        """Unit variance; power falls with frequency to the power of slope."""
        n = _fast_length(_NOISE_SECONDS * RATE_HZ)
        spectrum = torch.fft.rfft(torch.randn(n, device=self.device))
        spectrum *= (torch.arange(len(spectrum), device=self.device) + 100.0) ** (-slope / 2)
        noise = torch.fft.irfft(spectrum, n)
        return noise / noise.std()


def _level(x: Tensor) -> Tensor:
    """[clips, 1]: root mean square."""
    return x.square().mean(dim=1, keepdim=True).sqrt()


def _fast_length(n: int) -> int:
    """The next multiple of a power of two that keeps the transform quick."""
    step = 1 << max(0, n.bit_length() - 4)
    return -(-n // step) * step

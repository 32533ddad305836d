"""Greedy decoding and error rates in PyTorch, to follow a training run."""

import numpy as np
import torch
import torch.nn.functional as F

from batches import normalise
from metrics import Rate, error_rates
from model import HOP, SewForCTC
from shards import Clip


def greedy(ids: torch.Tensor, symbols: dict[int, str]) -> str:
    """Token of every frame -> text; token 0 is the blank."""
    ids = torch.unique_consecutive(ids).tolist()
    return "".join(symbols[i] for i in ids if i > 3).replace("|", " ").strip()


@torch.inference_mode()
def transcribe(model: SewForCTC, clip: Clip, symbols: dict[int, str]) -> str:
    """One clip alone, as inference sees it; it is filled up with silence to the frame grid."""
    device = next(model.parameters()).device
    samples = normalise(torch.from_numpy(clip.samples.astype(np.float32) / 32768).to(device))
    n = max(3, -(-len(samples) // HOP)) * HOP
    logits, _ = model(F.pad(samples, (0, n - len(samples)))[None])
    return greedy(logits[0].argmax(dim=-1).cpu(), symbols)


def measure(model: SewForCTC, clips: list[Clip], symbols: dict[int, str]) -> tuple[Rate, Rate]:
    return error_rates([(clip.text, transcribe(model, clip, symbols)) for clip in clips])

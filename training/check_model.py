"""Checks that model.py and Hugging Face's SEWForCTC give the same logits for a checkpoint folder."""

import sys
from pathlib import Path

import torch
from transformers import SEWForCTC

import model


def main() -> None:
    folder = Path(sys.argv[1])
    ours, theirs = model.load(folder).eval(), SEWForCTC.from_pretrained(folder, dtype=torch.float32).eval()
    torch.manual_seed(1)
    worst = 0.0
    with torch.inference_mode():
        for n_hops in (3, 4, 50, 163, 400):
            samples = torch.randn(2, n_hops * model.HOP)
            worst = max(worst, (ours(samples)[0] - theirs(samples).logits).abs().max().item())
    print(f"{folder}: largest difference of a logit {worst:.2e}")
    sys.exit(worst > 1e-3)


if __name__ == "__main__":
    main()

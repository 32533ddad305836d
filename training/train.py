"""Trains SEW with a CTC head until a given time; can be stopped and carried on at any moment.

Runs the same on the CPU and on one GPU; in bfloat16 where asked to.
"""

import argparse
import copy
import json
import math
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import torch
import torch.nn.functional as F

import model as sew
from batches import Batch, Loader, Pool
from decoding import measure
from optimiser import Average, Optimiser
from shards import RATE_HZ, Clip, read_shard

AVERAGE_EVERY = 5  # updates


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of shards: train/ and eval/")
    parser.add_argument("run", type=Path, help="folder of the run: checkpoint.pt, log.tsv, eval.tsv")
    parser.add_argument("--start", type=Path, required=True, help="checkpoint folder: shape, vocabulary, first weights")
    parser.add_argument("--from-nothing", action="store_true", help="ignore the weights of --start")
    parser.add_argument("--layers", type=int, help="of the transformer, more than --start has: new ones begin near the identity")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--middle-weight", type=float, default=0.0, help="of the loss that the middle layer has by the same head")
    parser.add_argument("--hours", type=float, default=2.0, help="of training from the first start on")
    parser.add_argument("--until", help="HH:MM local time, instead of --hours")
    parser.add_argument("--learning-rate", type=float, default=1e-3, help="at its peak")
    parser.add_argument("--decay-from", type=float, default=0.4, help="part of the time before the rate falls to zero")
    parser.add_argument("--warm-up", type=int, default=100, help="updates")
    parser.add_argument("--batch-seconds", type=float, default=96.0, help="of speech in an update")
    parser.add_argument("--average", type=int, default=400, help="updates that the averaged weights look back")
    parser.add_argument("--freeze", type=int, default=0, metavar="N", help="leave the first N convolutions as they are")
    parser.add_argument("--adamw", action="store_true", help="AdamW for the matrices too")
    parser.add_argument("--augmentation", type=float, default=1.0, help="scale of every effect's probability")
    parser.add_argument("--eval-minutes", type=float, default=10.0)
    parser.add_argument("--eval-clips", type=int, default=30, help="of each source")
    parser.add_argument("--save-minutes", type=float, default=5.0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--bf16", action="store_true", help="products in bfloat16")
    parser.add_argument("--parts", type=int, default=6, help="that a batch is made of, each of clips of one length")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="threads; 1 for a GPU")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def stop_time(options: argparse.Namespace) -> float:
    if not options.until:
        return time.time() + options.hours * 3600
    now = datetime.now()
    hour, minute = map(int, options.until.split(":"))
    stop = now.replace(hour=hour, minute=minute, second=0)
    return (stop if stop > now else stop + timedelta(days=1)).timestamp()


def learning_rate(options: argparse.Namespace, n_updates: int, part: float) -> float:
    """Warm-up by updates; from `decay_from` of the time on a half cosine to zero."""
    fall = max(0.0, (part - options.decay_from) / (1 - options.decay_from))
    return options.learning_rate * min(1.0, (n_updates + 1) / options.warm_up) * 0.5 * (1 + math.cos(math.pi * min(1.0, fall)))


class Trainer:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.device = torch.device(options.device)
        options.run.mkdir(parents=True, exist_ok=True)
        self.model = self._new_model().to(self.device)
        self.vocabulary = json.loads((options.start / "vocab.json").read_text())
        self.symbols = {number: symbol for symbol, number in self.vocabulary.items()}
        self.model.freeze_convolutions(options.freeze)
        self.params = {name: param for name, param in self.model.named_parameters() if param.requires_grad}
        # Threads that share parts of a batch as they find time keep busy cores better than threads that share
        # every operation, and all the more when other programs run.
        self.pool = ThreadPoolExecutor(options.workers)
        self.local = threading.local()
        self.optimiser = Optimiser(self.model, self.pool, use_muon=not options.adamw, dtype=torch.bfloat16 if options.bf16 else torch.float32)
        self.average = Average(self.model, options.average)
        self.n_updates, self.seconds_heard = 0, 0.0
        self.begin, self.stop = time.time(), stop_time(options)
        self.checkpoint = options.run / "checkpoint.pt"
        if self.checkpoint.exists():
            self._resume()
        self.scratch = copy.deepcopy(self.model).eval()  # carries the averaged weights while they are measured

    def _new_model(self) -> sew.SewForCTC:
        options = self.options
        config = sew.read_config(options.start, options.layers, options.dropout)
        return sew.SewForCTC(config) if options.from_nothing else sew.load(options.start, config)

    def _choose_clips(self) -> dict[str, list[Clip]]:
        """An even choice of every source's held-out clips."""
        chosen = {}
        for table in sorted((self.options.data / "eval").glob("*.tsv")):
            clips = read_shard(table)
            chosen[table.stem.split("-", 1)[1]] = clips[:: max(1, len(clips) // self.options.eval_clips)]
        return chosen

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average.weights = state["average"]
        self.n_updates, self.seconds_heard, self.begin = state["n_updates"], state["seconds_heard"], state["begin"]
        if not self.options.until:
            self.stop = state["stop"]

    def save(self) -> None:
        part = self.checkpoint.with_suffix(".part")
        torch.save(
            dict(config=self.model.config, model=self.model.state_dict(), optimiser=self.optimiser.state_dict(), average=self.average.weights,
                 n_updates=self.n_updates, seconds_heard=self.seconds_heard, begin=self.begin, stop=self.stop),
            part,
        )  # fmt: skip
        os.replace(part, self.checkpoint)

    def _run_model(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """With the weights as the products use them; the first convolution and its norm see raw samples."""
        if not self.options.bf16:
            return self.model(batch.samples, batch.mask)
        if not hasattr(self.local, "model"):
            self.local.model = copy.deepcopy(self.model)  # a call exchanges its weights, which no other thread may see
        weights = {
            name: param if "conv_layers.0." in name else param.bfloat16() for name, param in self.model.named_parameters()
        }
        return torch.func.functional_call(self.local.model, weights, (batch.samples, batch.mask))

    def _loss(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        log_probs = F.log_softmax(logits.float(), dim=-1).transpose(0, 1)
        n_frames = torch.full((len(batch.lengths),), len(log_probs))
        return F.ctc_loss(log_probs, batch.targets, n_frames, batch.lengths, reduction="sum", zero_infinity=True)

    def gradient(self, batch: Batch) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Summed loss of the last layer in nats, and the gradient of the whole loss."""
        last, middle = self._run_model(batch)
        loss = whole = self._loss(last, batch)
        if self.options.middle_weight > 0:
            whole = loss + self.options.middle_weight * self._loss(middle, batch)
        return loss.detach(), torch.autograd.grad(whole, list(self.params.values()))

    def update(self, batches: list[Batch]) -> tuple[float, float]:
        """Returns the loss in nats a letter and the norm of the gradient; a step that is not finite is left out."""
        n_letters = sum(int(batch.lengths.sum()) for batch in batches)
        parts = list(self.pool.map(self.gradient, batches))
        total = list(parts[0][1])
        for _, gradients in parts[1:]:
            torch._foreach_add_(total, gradients)
        torch._foreach_div_(total, n_letters)
        for param, gradient in zip(self.params.values(), total):
            param.grad = gradient.contiguous()
        norm = torch.nn.utils.clip_grad_norm_(self.params.values(), 1.0).item()
        rate = learning_rate(self.options, self.n_updates, (time.time() - self.begin) / (self.stop - self.begin))
        if math.isfinite(norm):
            self.optimiser.step(rate)
        self.n_updates += 1
        self.seconds_heard += sum(batch.samples.numel() for batch in batches) / RATE_HZ
        if self.n_updates % AVERAGE_EVERY == 0:
            self.average.update(self.model, AVERAGE_EVERY)
        return float(sum(loss for loss, _ in parts)) / n_letters, norm

    def evaluate(self) -> None:
        self.scratch.load_state_dict(self.average.weights)
        with open(self.options.run / "eval.tsv", "a") as log:
            for name, clips in self._choose_clips().items():
                words, characters = measure(self.scratch, clips, self.symbols)
                log.write(f"{time.time() - self.begin:.0f}\t{self.n_updates}\t{name}\t{words.percent:.2f}\t{characters.percent:.2f}\n")

    def run(self) -> None:
        """Trains until the stop time; whatever ends it before, the state is saved."""
        pool = Pool(self.options.data / "train", self.vocabulary, self.device)
        pool.refresh()
        seconds, seed = self.options.batch_seconds / self.options.parts, self.options.seed + self.n_updates
        loader = iter(Loader(pool, seconds, seed, self.options.augmentation))
        last_eval = last_save = time.time()
        try:
            with Log(self.options.run / "log.tsv") as log:
                while time.time() < self.stop:
                    loss, norm = self.update([next(loader) for _ in range(self.options.parts)])
                    log.add(loss, norm, self, pool)
                    if time.time() - last_save > self.options.save_minutes * 60:
                        self.save()
                        last_save = time.time()
                    if time.time() - last_eval > self.options.eval_minutes * 60:
                        self.evaluate()
                        last_eval = time.time()
        finally:
            self.save()
        self.evaluate()


class Log:
    """A table of means over 25 updates: seconds since the start, updates, hours heard, nats a letter, gradient norm,
    seconds of speech a second, hours of data."""

    def __init__(self, path: Path):
        self.file = open(path, "a", buffering=1)
        self.rows: list[tuple[float, float]] = []

    def __enter__(self) -> "Log":
        return self

    def __exit__(self, *_) -> None:
        self.file.close()

    def add(self, loss: float, norm: float, trainer: Trainer, pool: Pool) -> None:
        if not self.rows:
            self.since, self.heard = time.time(), trainer.seconds_heard
        self.rows.append((loss, norm))
        if len(self.rows) > 25:
            loss, norm = (sum(column) / len(self.rows) for column in zip(*self.rows))
            speed = (trainer.seconds_heard - self.heard) / (time.time() - self.since)
            self.file.write(
                f"{time.time() - trainer.begin:.0f}\t{trainer.n_updates}\t{trainer.seconds_heard / 3600:.2f}\t{loss:.4f}"
                f"\t{norm:.2f}\t{speed:.1f}\t{pool.seconds() / 3600:.1f}\n"
            )
            self.rows = []


def main() -> None:
    options = parse_arguments()
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("high")  # on a GPU: TF32
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped; the state is saved"))
    torch.manual_seed(options.seed)
    Trainer(options).run()


if __name__ == "__main__":
    main()

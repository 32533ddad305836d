"""Phonemes -> shards of speech by Kokoro-82M, in the voices it knows and in mixtures of them.

Needs the `kokoro` package's modules (but not its dependency `loguru`) and the files that
kokoro_weights.py and kokoro_prompts.py write. A few of these run beside the trainer on one GPU, which picks up the
shards as they come.
"""

import argparse
import itertools
import logging
import random
import sys
import time
import types
from pathlib import Path

import numpy as np
import soxr
import torch

from shards import RATE_HZ, ShardWriter, is_plausible, trim

KOKORO_RATE_HZ = 24000
SAMPLES_A_FRAME = 600
MAX_TOKENS = 480  # of 512 - 2


def load_model(package: Path, packed: Path, device: torch.device):
    """The model without what would ask a network; `packed` holds tensors and (int8 rows, scales) by name."""
    sys.path.insert(0, str(package))
    sys.modules["loguru"] = types.ModuleType("loguru")
    sys.modules["loguru"].logger = logging.getLogger("kokoro")
    namespace = types.ModuleType("kokoro")
    namespace.__path__ = [str(package / "kokoro")]
    sys.modules["kokoro"] = namespace
    from kokoro.model import KModel

    state = torch.load(packed, weights_only=True)
    empty = packed.with_suffix(f".{random.randrange(1 << 30)}")
    torch.save({}, empty)
    model = KModel(repo_id="none", config=state["config"], model=str(empty))
    empty.unlink()
    for module in model.modules():
        try:
            torch.nn.utils.remove_weight_norm(module)
        except ValueError:  # it has none
            pass
    weights = {name: unpack(value) for name, value in state["weights"].items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    unknown = [name for name in missing if "pooler" not in name and ".norm." not in name]
    if unknown or unexpected:
        raise ValueError(f"{packed}: lacks {unknown}, has {unexpected} too many")
    return model.to(device).eval()


def unpack(value) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value
    rows, scales = value
    return rows.float() * scales.float().view(-1, *[1] * (rows.ndim - 1))


class Voices:
    """Style vectors [tokens, 256] by name; the first letter of a name is its accent."""

    def __init__(self, folder: Path):
        self.styles = {path.stem: torch.from_numpy(np.fromfile(path, dtype=np.float32).reshape(-1, 256)) for path in sorted(folder.glob("*.bin"))}

    def draw(self, accent: str, draw: random.Random) -> torch.Tensor:
        """One voice, or in two of three cases something between or a little beyond two of one accent."""
        names = [name for name in self.styles if name[0] == accent]
        first, second = draw.sample(names, 2)
        share = draw.uniform(-0.15, 0.5) if draw.random() < 0.67 else 0.0
        return torch.lerp(self.styles[first], self.styles[second], share)


class Speaker:
    def __init__(self, options: argparse.Namespace):
        self.device = torch.device(options.device)
        self.model = load_model(options.package, options.weights, self.device)
        self.voices = Voices(options.voices)
        self.draw = random.Random(options.seed)

    @torch.inference_mode()
    def speak(self, accent: str, sentences: list[str]) -> list[np.ndarray]:
        """Some sentences of phonemes in one breath and one voice -> the samples of each, cut in the pauses between."""
        tokens = [[number for symbol in sentence if (number := self.model.vocab.get(symbol)) is not None] for sentence in sentences]
        space = self.model.vocab[" "]
        row = [0, *itertools.chain.from_iterable([*part, space] for part in tokens), 0]
        styles = self.voices.draw(accent, self.draw)
        style = styles[min(len(row) - 3, len(styles) - 1)][None].to(self.device)
        speed = self.draw.uniform(0.75, 1.3)
        audio, durations = self.model.forward_with_tokens(torch.tensor([row], device=self.device), style, speed)
        sound = soxr.resample(audio.flatten().float().cpu().numpy(), KOKORO_RATE_HZ, RATE_HZ, "MQ")
        ends = np.cumsum(durations.cpu().numpy()) * SAMPLES_A_FRAME * RATE_HZ // KOKORO_RATE_HZ
        # A sentence's last token is a pause; the middle of it and the space behind is a safe place for a cut.
        places, cuts = 0, [0]
        for part in tokens[:-1]:
            places += len(part) + 1
            cuts.append(int(ends[places - 2] + ends[places]) // 2)
        return [trim(sound[first:last]) for first, last in itertools.pairwise([*cuts, len(sound)])]


def read_prompts(path: Path, index: int, count: int):
    """Rows of accent, letters and phonemes; every worker has its own share."""
    with open(path, encoding="utf-8") as rows:
        for number, row in enumerate(rows):
            if number // 50 % count == index:
                yield row.rstrip("\n").split("\t")


def grouped(prompts, draw: random.Random):
    """One to four prompts of one accent that the model can say in one breath."""
    group, size, wanted = [], 0, 3
    for accent, letters, phonemes in prompts:
        if group and (size + len(phonemes) + 1 > MAX_TOKENS or group[0][0] != accent or len(group) == wanted):
            yield group
            group, size, wanted = [], 0, draw.randint(1, 4)
        group.append((accent, letters, phonemes))
        size += len(phonemes) + 1
    if group:
        yield group


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prompts", type=Path)
    parser.add_argument("out", type=Path, help="folder of shards")
    parser.add_argument("--package", type=Path, required=True, help="where the unpacked kokoro package lies")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--voices", type=Path, required=True)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--worker", type=int, nargs=2, default=[0, 1], metavar=("INDEX", "COUNT"))
    parser.add_argument("--shard-minutes", type=float, default=20.0, help="of speech")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.seed += options.worker[0]
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("high")
    speaker = Speaker(options)
    groups = grouped(read_prompts(options.prompts, *options.worker), speaker.draw)
    for number in itertools.count():
        begin = time.monotonic()
        with ShardWriter(options.out, f"kokoro-{options.worker[0]}-{number:04}") as shard:
            while shard.n_samples < options.shard_minutes * 60 * RATE_HZ and (group := next(groups, None)):
                sounds = speaker.speak(group[0][0], [phonemes for _, _, phonemes in group])
                for (_, letters, _), samples in zip(group, sounds):
                    if is_plausible(samples, letters):
                        shard.add(samples, "kokoro", letters)
        print(f"{shard.base.name}: {shard.n_samples / RATE_HZ / 60:.1f} min in {time.monotonic() - begin:.0f} s", flush=True)
        if shard.n_samples < options.shard_minutes * 60 * RATE_HZ:
            break


if __name__ == "__main__":
    main()

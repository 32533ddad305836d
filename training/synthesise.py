"""Text -> shards of synthetic speech, with voices, speeds and pitches drawn at random for every sentence."""

import argparse
import itertools
import random
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from prompts import read_sentences, rich_in_words
from shards import RATE_HZ, ShardWriter, is_plausible, trim

ESPEAK_ACCENTS = ["en-us", "en-us", "en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc"]
ESPEAK_VARIANTS = """m1 m2 m3 m4 m5 m6 m7 m8 f1 f2 f3 f4 f5 Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique
Hugo Jacky Lee Marco Mario Michael Mike adam announcer antonio aunty belinda benjamin boris caleb david ed edward
grandma grandpa john linda max michel miguel norbert pablo paul pedro quincy rob robert sandro shelby steph travis
victor zac""".split()
FLITE_VOICES = {"slt": (0.30, 170), "rms": (0.26, 95), "awb": (0.26, 125), "kal16": (0.10, 105), "kal": (0.08, 105)}
RHVOICE_VOICES = ["alan", "bdl", "clb", "slt"]  # the ones with a free licence
# Heard only in evaluation: another engine, two voices.
FESTIVAL_VOICES = ["ked_diphone", "cmu_us_slt_arctic_hts"]


@dataclass(frozen=True)
class Job:
    """One sentence and the way it is spoken."""

    source: str
    command: list[str]  # {wav} and {text} are filled in; the text also comes by standard input
    text: str
    letters: str


def flite(sentence: str, letters: str, draw: random.Random, plain: bool) -> Job:
    voice = draw.choices(list(FLITE_VOICES), [share for share, _ in FLITE_VOICES.values()])[0]
    command = ["flite", "-voice", voice]
    if not plain and draw.random() < 0.75:
        pitch_hz = FLITE_VOICES[voice][1] * draw.uniform(0.8, 1.3)
        command += ["--setf", f"duration_stretch={draw.uniform(0.8, 1.25):.3f}"]
        command += ["--setf", f"int_f0_target_mean={pitch_hz:.1f}"]
    return Job(f"flite-{voice}", [*command, "-t", "{text}", "-o", "{wav}"], sentence, letters)


def espeak(sentence: str, letters: str, draw: random.Random, plain: bool) -> Job:
    accent = draw.choice(ESPEAK_ACCENTS)
    voice = accent if plain or draw.random() < 0.2 else f"{accent}+{draw.choice(ESPEAK_VARIANTS)}"
    command = ["espeak-ng", "-v", voice]
    if not plain:
        command += ["-s", str(draw.randint(125, 200)), "-p", str(draw.randint(25, 75))]
    return Job(f"espeak-{voice}", [*command, "-w", "{wav}", "{text}"], sentence, letters)


def rhvoice(sentence: str, letters: str, draw: random.Random, plain: bool) -> Job:
    voice = draw.choice(RHVOICE_VOICES)
    command = ["RHVoice-test", "-p", voice, "-o", "{wav}"]
    if not plain:
        command += ["-r", str(draw.randint(80, 130)), "-t", str(draw.randint(80, 125))]
    return Job(f"rhvoice-{voice}", command, sentence, letters)


def festival(sentence: str, letters: str, draw: random.Random, plain: bool) -> Job:
    voice = draw.choice(FESTIVAL_VOICES)
    quoted = sentence.replace('"', " ")
    script = f'(begin (voice_{voice}) (utt.save.wave (utt.synth (Utterance Text "{quoted}")) "{{wav}}"))'
    return Job(f"festival-{voice}", ["festival", "--batch", script], quoted, letters)


def speak(job: Job, wav: Path) -> np.ndarray:
    """Runs the engine."""
    command = [part.replace("{wav}", str(wav)).replace("{text}", job.text) for part in job.command]
    subprocess.run(command, input=job.text.encode(), check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    samples, rate_hz = soundfile.read(wav, dtype="float32")
    wav.unlink()
    if rate_hz != RATE_HZ:
        samples = soxr.resample(samples, rate_hz, RATE_HZ, "MQ")
    return trim(samples)


def synthesise(jobs: list[Job], shard: ShardWriter, scratch: Path, n_threads: int) -> None:
    def run(numbered: tuple[int, Job]) -> np.ndarray:
        return speak(numbered[1], scratch / f"{numbered[0]}.wav")

    with ThreadPoolExecutor(n_threads) as pool:
        for job, samples in zip(jobs, pool.map(run, enumerate(jobs))):
            if is_plausible(samples, job.letters):
                shard.add(samples, job.source, job.letters)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sentences", type=Path, help="one sentence a line, .xz")
    parser.add_argument("out", type=Path, help="shards go to OUT/train and OUT/eval")
    parser.add_argument("--hours", type=float, default=20.0, help="of training speech")
    parser.add_argument("--espeak-share", type=float, default=0.2, help="of the sentences; flite speaks the others")
    parser.add_argument("--rhvoice-share", type=float, default=0.2)
    parser.add_argument("--shard-sentences", type=int, default=1000)
    parser.add_argument("--first-shard", type=int, default=0, help="carry on an earlier run from this shard")
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="take sentences as they come, in random order, not those rich in words")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    def produce(split: str, name: str, pairs: list[tuple[str, str]], engine: Callable, seed: int, plain: bool) -> float:
        draw = random.Random(seed)
        jobs = [engine(sentence, text, draw, plain) for sentence, text in pairs]
        with tempfile.TemporaryDirectory() as scratch, ShardWriter(options.out / split, name) as shard:
            synthesise(jobs, shard, Path(scratch), options.threads)
        print(f"{split}/{name}: {shard.n_samples / RATE_HZ / 3600:.2f} h", flush=True)
        return shard.n_samples / RATE_HZ / 3600

    def mixed(sentence: str, letters: str, draw: random.Random, plain: bool) -> Job:
        shares = (options.espeak_share, options.rhvoice_share, 1 - options.espeak_share - options.rhvoice_share)
        engine = draw.choices((espeak, rhvoice, flite), shares)[0]
        return engine(sentence, letters, draw, plain)

    if options.first_shard == 0:
        held_out = list(itertools.islice(read_sentences(options.sentences, held_out=True), 400))
        produce("eval", "synthetic-flite", held_out[:100], flite, 1, plain=True)
        produce("eval", "synthetic-trained", held_out[100:300], mixed, 2, plain=False)
        produce("eval", "synthetic-unseen", held_out[300:], festival, 3, plain=True)
    pairs = read_sentences(options.sentences, held_out=False)
    if options.shuffle is None:
        pairs = rich_in_words(pairs)
    else:
        pairs = list(pairs)
        random.Random(options.shuffle).shuffle(pairs)
        pairs = iter(pairs)
    hours = 0.0
    for number in itertools.count():
        batch = list(itertools.islice(pairs, options.shard_sentences))
        if not batch or hours >= options.hours:
            break
        if number >= options.first_shard:
            hours += produce("train", f"synthetic-{number:04}", batch, mixed, 1000 + number, plain=False)


if __name__ == "__main__":
    main()

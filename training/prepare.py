"""Real speech -> shards: decodes the tar files beside a manifest (corpus, file, seconds, speaker, split, transcript)."""

import argparse
import csv
import io
import tarfile
from pathlib import Path

import soundfile
import soxr

from shards import RATE_HZ, ShardWriter


def decode(data: bytes):
    samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32")
    if samples.ndim > 1:
        samples = samples.mean(axis=1)
    return samples if rate_hz == RATE_HZ else soxr.resample(samples, rate_hz, RATE_HZ, "MQ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("speech", type=Path, help="folder of manifest.tsv and CORPUS.tar")
    parser.add_argument("out", type=Path, help="shards go to OUT/train and OUT/eval")
    options = parser.parse_args()
    with open(options.speech / "manifest.tsv", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    for corpus in sorted({row["corpus"] for row in rows}):
        with tarfile.open(options.speech / f"{corpus}.tar") as tar:
            for split in ("train", "eval"):
                chosen = [row for row in rows if row["corpus"] == corpus and row["split"] == split]
                if not chosen:
                    continue
                with ShardWriter(options.out / split, f"real-{corpus}") as shard:
                    for row in chosen:
                        data = tar.extractfile(f"{corpus}/{row['file']}").read()
                        shard.add(decode(data), corpus, row["transcript"])
                print(f"{corpus} {split}: {len(chosen)} clips, {shard.n_samples / RATE_HZ / 3600:.2f} h", flush=True)


if __name__ == "__main__":
    main()

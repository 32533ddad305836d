"""Held-out shards -> WAV files and a manifest.tsv that `evaluate` reads."""

import argparse
from pathlib import Path

import soundfile

from shards import RATE_HZ, read_shard


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path, help="folder of held-out shards")
    parser.add_argument("out", type=Path, help="folder for the files")
    options = parser.parse_args()
    rows = ["corpus\tfile\tseconds\ttranscript\n"]
    for table in sorted(options.shards.glob("*.tsv")):
        corpus = table.stem.removeprefix("real-")
        (options.out / corpus).mkdir(parents=True, exist_ok=True)
        for number, clip in enumerate(read_shard(table)):
            file = f"{number:04}.wav"
            soundfile.write(options.out / corpus / file, clip.samples, RATE_HZ)
            rows.append(f"{corpus}\t{file}\t{clip.seconds:.3f}\t{clip.text}\n")
    (options.out / "manifest.tsv").write_text("".join(rows))


if __name__ == "__main__":
    main()

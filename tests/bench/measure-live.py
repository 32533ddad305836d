#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How late live words are, on real speech, in real time, on one core.

  measure-live.py BENCH_LIVE MANIFEST [--corpus NAME]... [--minutes N] [--model FOLDER]...
                  [--core N] [--latency MS]

BENCH_LIVE is tests/bench/bench-live of a release build. MANIFEST is a table with tabs and a line of
names, of which corpus, file and transcript count: CORPUS/FILE beside it is a WAV file of 16 kHz,
mono, 16 bits. Clips are taken in turn from all corpora (or those that are named), with 0.3 s
between them, until there are N minutes (10) of them. They are played for each model (the bundled
one), with its language model and without; so it takes twice N minutes for each.
"""
import argparse
import csv
import itertools
import os
import subprocess
import sys
import tempfile
import wave

RATE_HZ = 16000
PAUSE = bytes (2 * RATE_HZ * 3 // 10)


def read_manifest (path, corpora):
    """(file, transcript), from one corpus after the other in turn."""
    by_corpus = {}
    with open (path, newline = "") as file:
        for row in csv.DictReader (file, delimiter = "\t", quoting = csv.QUOTE_NONE):
            if not corpora or row["corpus"] in corpora:
                clip = os.path.join (os.path.dirname (path), row["corpus"], row["file"])
                by_corpus.setdefault (row["corpus"], []).append ((clip, row["transcript"]))
    turns = itertools.zip_longest (*by_corpus.values ())
    return [clip for turn in turns for clip in turn if clip is not None]


def read_samples (path):
    with wave.open (path) as file:
        if file.getparams ()[:3] != (1, 2, RATE_HZ):
            sys.exit (f"{path}: not 16 kHz, mono, 16 bits")
        return file.readframes (file.getnframes ())


def concatenate (clips, minutes, audio_path, text_path):
    n_wanted = int (minutes * 60 * RATE_HZ) * 2
    n_bytes = 0
    with wave.open (audio_path, "wb") as audio, open (text_path, "w") as text:
        audio.setparams ((1, 2, RATE_HZ, 0, "NONE", None))
        for path, transcript in clips:
            samples = read_samples (path) + PAUSE
            audio.writeframes (samples)
            text.write (transcript + "\n")
            n_bytes += len (samples)
            if n_bytes >= n_wanted:
                break
    print (f"{n_bytes / 2 / RATE_HZ / 60:.1f} minutes of speech", flush = True)


def main ():
    parser = argparse.ArgumentParser ()
    parser.add_argument ("bench_live")
    parser.add_argument ("manifest")
    parser.add_argument ("--corpus", action = "append")
    parser.add_argument ("--minutes", type = float, default = 10.0)
    parser.add_argument ("--model", action = "append")
    parser.add_argument ("--core", default = "0")
    parser.add_argument ("--latency", default = "1500")
    arguments = parser.parse_args ()

    with tempfile.TemporaryDirectory () as folder:
        audio, text = os.path.join (folder, "speech.wav"), os.path.join (folder, "speech.txt")
        concatenate (read_manifest (arguments.manifest, arguments.corpus), arguments.minutes, audio,
                     text)
        for model in arguments.model or [None]:
            for options in ([], ["--greedy"]):
                name = model or "bundled model"
                print (f"\n{name}, {'without' if options else 'with'} language model", flush = True)
                if model is not None:
                    options = options + ["--model-location", model]
                subprocess.run (["taskset", "-c", arguments.core, arguments.bench_live, *options,
                                 "--latency", arguments.latency, "--text", text, audio],
                                check = True)


main ()

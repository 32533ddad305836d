#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Beam search against pyctcdecode, on the same log-probabilities and the same language model.

  compare-decoders.py BENCH_DECODER MODEL SENTENCES [--logits FILE.npz] [--clips N]

needs numpy, pyctcdecode and kenlm from PyPI. BENCH_DECODER is tests/bench/bench-decoder of a
release build; MODEL an ARPA file or KenLM binary with words in capitals; SENTENCES a text, one a
line, in capitals, that the model was not made from. Without --logits, log-probabilities are made
up from the sentences as a well-trained network would give them: 50 frames a second, a letter peaks
in one or two frames, most of the probability is on the right letter, and some letters are confused.

Prints for both: times real time on one core, word errors, and how often the best text of one scores
higher under the common model: the exact log P_ctc of the text, plus what language model and word
score make of it.
"""
import argparse
import logging
import subprocess
import sys
import tempfile
import time

import kenlm
import numpy as np
import pyctcdecode

TOKENS = ["<s>", "<pad>", "</s>", "<unk>", "|", *"ETAONIHSRDLUMWCFGYPBVK'XJQZ"]
BLANK, DELIMITER = TOKENS.index ("<pad>"), TOKENS.index ("|")
FRAMES_A_SECOND = 50
ALPHA, BETA, UNKNOWN = 0.5, 1.5, -10.0


def make_up (sentence, rng):
    """[frames, symbols] log-probabilities of a sentence."""
    rows = []

    def add (symbol, confidence):
        row = rng.gumbel (size = len (TOKENS)) * 1.5
        row[[0, 2, 3]] = -12
        row -= row.max ()
        probs = np.exp (row * 2)
        probs[symbol] = 0
        probs *= (1 - confidence) / probs.sum ()
        probs[symbol] = confidence
        rows.append (np.log (np.maximum (probs, 1e-9)))

    for letter in "|" + sentence.replace (" ", "|") + "|":
        symbol = TOKENS.index (letter)
        confidence = rng.beta (4, 0.45) * 0.995 + 0.002
        for _ in range (rng.integers (1, 3)):
            add (symbol, confidence)
        for _ in range (rng.integers (0, 4)):
            add (BLANK, rng.beta (30, 0.2) * 0.998)
    rows = np.array (rows, np.float32)
    return rows - np.logaddexp.reduce (rows, axis = 1, keepdims = True)


def log_p_ctc (text, log_probs):
    """Sum over all ways to read a text; words are apart by one or more delimiters, with any number
    of them at both ends."""
    gap = np.logaddexp (log_probs[:, BLANK], log_probs[:, DELIMITER])
    emissions, loops, skips = [gap], [True], [False]
    previous = DELIMITER
    for letter in text.replace (" ", "|") + "|":
        symbol = TOKENS.index (letter)
        if symbol == DELIMITER and previous == DELIMITER:
            continue
        emissions.append (log_probs[:, symbol])
        loops.append (symbol != DELIMITER)
        skips.append (symbol != previous)
        emissions.append (gap if symbol == DELIMITER else log_probs[:, BLANK])
        loops.append (True)
        skips.append (False)
        previous = symbol
    emissions = np.array (emissions, np.float64)
    loops, skips = np.array (loops), np.array (skips)
    forward = np.full (len (emissions), -np.inf)
    forward[:2] = emissions[:2, 0]
    for t in range (1, emissions.shape[1]):
        total = np.where (loops, forward, -np.inf)
        total[1:] = np.logaddexp (total[1:], forward[:-1])
        total[2:] = np.where (skips[2:], np.logaddexp (total[2:], forward[:-2]), total[2:])
        forward = total + emissions[:, t]
    # The last delimiter need not be there.
    return np.logaddexp.reduce (forward[-4:])


def score (text, log_probs, model):
    words = text.split ()
    log10 = 0.0
    for value, _, unknown in model.full_scores (" ".join (words)):
        log10 += value + (UNKNOWN if unknown else 0)
    return log_p_ctc (" ".join (words), log_probs) + ALPHA * log10 * np.log (10) + BETA * len (words)


def count_errors (reference, text):
    """Words to insert, delete or replace."""
    reference, text = reference.split (), text.split ()
    row = list (range (len (text) + 1))
    for i, word in enumerate (reference, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate (text, 1):
            diagonal, row[j] = row[j], min (row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


def run_pyctcdecode (clips, model, words, width):
    logging.disable (logging.WARNING)
    labels = ["" if t == "<pad>" else " " if t == "|" else t for t in TOKENS]
    decoder = pyctcdecode.build_ctcdecoder (labels, model, words, alpha = ALPHA, beta = BETA,
                                            unk_score_offset = UNKNOWN)
    texts, seconds = [], 0.0
    for clip in clips:
        start = time.perf_counter ()
        texts.append (decoder.decode (clip, beam_width = width))
        seconds += time.perf_counter () - start
    return texts, seconds


def run_ours (program, clips, model, width):
    with tempfile.NamedTemporaryFile () as file:
        file.write (np.array ([len (clips), len (TOKENS)], "<u4").tobytes ())
        for clip in clips:
            file.write (np.array ([len (clip)], "<u4").tobytes ())
            file.write (clip.astype ("<f4").tobytes ())
        file.flush ()
        lines = subprocess.run ([program, file.name, model, str (width), str (ALPHA), str (BETA)],
                                check = True, capture_output = True, text = True).stdout
    texts, seconds = [], 0.0
    for line in lines.splitlines ():
        elapsed, _, tokens = line.split ("\t")
        spelled = "".join (TOKENS[int (token)] for token in tokens.split ())
        texts.append (spelled.replace ("|", " ").strip ())
        seconds += int (elapsed) / 1e6
    return texts, seconds


def read_words (program_model):
    """The vocabulary of an ARPA file or of a KenLM binary."""
    with open (program_model, "rb") as file:
        data = file.read ()
    if data.startswith (b"mmap lm"):
        return data[data.rindex (b"<unk>\0"):].decode ().split ("\0")[1:-1]
    section = data[data.index (b"\\1-grams:"):data.index (b"\\2-grams:")].decode ()
    return [line.split ("\t")[1] for line in section.splitlines () if "\t" in line]


def main ():
    parser = argparse.ArgumentParser ()
    parser.add_argument ("program")
    parser.add_argument ("model")
    parser.add_argument ("sentences")
    parser.add_argument ("--logits", help = "log-probabilities of the sentences, arr_0, arr_1, ...")
    parser.add_argument ("--clips", type = int, default = 100)
    parser.add_argument ("--width", type = int, default = 100)
    arguments = parser.parse_args ()

    with open (arguments.sentences) as file:
        sentences = [line.strip () for line in file][:arguments.clips]
    rng = np.random.default_rng (1)
    if arguments.logits:
        clips = list (np.load (arguments.logits).values ())[:len (sentences)]
    else:
        clips = [make_up (sentence, rng) for sentence in sentences]
    model = kenlm.Model (arguments.model)
    results = {
        "ours": run_ours (arguments.program, clips, arguments.model, arguments.width),
        "pyctcdecode": run_pyctcdecode (clips, arguments.model, read_words (arguments.model),
                                        arguments.width),
    }

    duration = sum (len (clip) for clip in clips) / FRAMES_A_SECOND
    n_words = sum (len (sentence.split ()) for sentence in sentences)
    print (f"{len (clips)} clips, {duration:.0f} s, beam {arguments.width}")
    for name, (texts, seconds) in results.items ():
        errors = sum (map (count_errors, sentences, texts))
        print (f"{name}: {duration / seconds:.0f} times real time, "
               f"word error rate {100 * errors / n_words:.2f} %")
    gains = np.array ([score (ours, clip, model) - score (theirs, clip, model) for ours, theirs, clip
                       in zip (results["ours"][0], results["pyctcdecode"][0], clips)])
    ratio = results["pyctcdecode"][1] / results["ours"][1]
    print (f"ours is {ratio:.0f} times as fast; its text scores higher on {np.sum (gains > 1e-3)} "
           f"clips, lower on {np.sum (gains < -1e-3)}; mean gain {gains.mean ():.3f}, "
           f"worst {gains.min ():.3f}")
    return 1 if gains.min () < -1e-3 else 0


if __name__ == "__main__":
    sys.exit (main ())

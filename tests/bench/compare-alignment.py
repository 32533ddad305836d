#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Script alignment against torchaudio.functional.forced_align, on the same log-probabilities.

  compare-alignment.py BENCH_ALIGNER SENTENCES [--clips FOLDER] [--hour]

needs numpy, torch and torchaudio. BENCH_ALIGNER is tests/bench/bench-aligner of a release build;
SENTENCES a text, one a line, in capitals. Log-probabilities are made up from the sentences as a
well-trained network would give them: 50 frames a second, a letter peaks in one or two frames, most
of the probability is on the right letter, and some letters are confused. Or they are those of a
network: FOLDER has NAME.npy (of sew-logits, with the bundled model's vocabulary) and NAME.txt for
each clip.

The clips are joined to one. Prints how far apart the onsets of words are where the script is said
word for word; what becomes of words that are said, and of words that are not, if some words are
taken out of the script and others put in; and with --hour, what an hour and 10,000 words take.
"""
import argparse
import collections
import pathlib
import random
import struct
import subprocess
import tempfile

import numpy as np

TOKENS = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ETAONIHSRDLUMWCFGYPBVK'XJQZ"]
IDS = {token: i for i, token in enumerate (TOKENS)}
BLANK, DELIMITER = IDS["<pad>"], IDS["|"]
FRAMES_A_SECOND = 50


def make_up (sentence, rng):
    """[frames, symbols] log-probabilities of a sentence."""
    rows = []

    def add (symbol, confidence):
        row = rng.gumbel (size = len (TOKENS)) * 1.5
        row[1:4] = -12
        probs = np.exp (2 * (row - row.max ()))
        probs[symbol] = 0
        probs *= (1 - confidence) / probs.sum ()
        probs[symbol] = confidence
        rows.append (np.log (np.maximum (probs, 1e-9)))

    for letter in "|" + sentence.replace (" ", "|") + "|":
        confidence = rng.beta (4, 0.45) * 0.995 + 0.002
        for _ in range (rng.integers (1, 3)):
            add (IDS[letter], confidence)
        for _ in range (rng.integers (0, 4)):
            add (BLANK, rng.beta (30, 0.2) * 0.998)
    return normalize (np.array (rows, np.float32))


def normalize (rows):
    return rows - np.logaddexp.reduce (rows, axis = 1, keepdims = True)


def load_clips (folder):
    clips = []
    for path in sorted (pathlib.Path (folder).glob ("*.npy")):
        logits = np.load (path)
        clips.append ((normalize (logits.reshape (-1, len (TOKENS))),
                       path.with_suffix (".txt").read_text ().split ()))
    return clips


def find_onsets (log_probs, words):
    """Of each word, by torchaudio."""
    import torch
    torch.version.cuda = None  # whatever it was built for, this runs on the CPU
    import torchaudio.functional

    tokens, firsts = [], []
    for word in words:
        tokens += [DELIMITER] if tokens else []
        firsts.append (len (tokens))
        tokens += [IDS[letter] for letter in word]
    path, _ = torchaudio.functional.forced_align (torch.tensor (log_probs)[None],
                                                  torch.tensor ([tokens]), blank = BLANK)
    path = path[0].numpy ()
    before = np.concatenate ([[BLANK], path[:-1]])
    begins = np.flatnonzero ((path != BLANK) & (path != before))
    return begins[firsts]


Word = collections.namedtuple ("Word", "index first n_frames confidence handed_out")
Alignment = collections.namedtuple ("Alignment", "seconds kilobytes most_pending words")


def align (bench, log_probs, words):
    data = [struct.pack ("<5I", 1, len (TOKENS), BLANK, DELIMITER, len (words))]
    for word in words:
        data.append (struct.pack (f"<{len (word) + 1}I", len (word), *(IDS[c] for c in word)))
    data.append (struct.pack ("<I", len (log_probs)) + log_probs.astype ("<f4").tobytes ())
    with tempfile.NamedTemporaryFile () as file:
        file.write (b"".join (data))
        file.flush ()
        printed = subprocess.run ([bench, file.name], stdout = subprocess.PIPE, text = True,
                                  check = True).stdout
    head, *lines = printed.strip ().split ("\n")
    microseconds, kilobytes, pending = map (int, head.split ())
    found = [Word (*map (float, line.split ())) for line in lines]
    return Alignment (microseconds / 1e6, kilobytes, pending, {int (w.index): w for w in found})


def print_speed (log_probs, alignment):
    seconds = len (log_probs) / FRAMES_A_SECOND
    print (f"  {seconds:.0f} s in {alignment.seconds:.2f} s: {seconds / alignment.seconds:.0f} times "
           f"real time; at most {alignment.most_pending} words in dispute, "
           f"{alignment.kilobytes} kB more memory")


def compare (bench, log_probs, words):
    expected = find_onsets (log_probs, words)
    alignment = align (bench, log_probs, words)
    apart = [abs (w.first - expected[i]) for i, w in alignment.words.items ()]
    delay = np.array ([w.handed_out - w.first - w.n_frames for w in alignment.words.values ()])
    print (f"said word for word: {len (words)} words, {len (words) - len (apart)} called unsaid; "
           f"onsets: {sum (a == 0 for a in apart)} equal, {sum (a == 1 for a in apart)} a frame "
           f"apart, {sum (a > 1 for a in apart)} more (at most {max (apart):.0f})")
    print (f"  handed out after {delay.mean () / FRAMES_A_SECOND:.1f} s on average, "
           f"{delay.max () / FRAMES_A_SECOND:.1f} s at most")
    print_speed (log_probs, alignment)
    return expected


def edit (words, seed):
    """A script with words taken out and put in, and which word each of its words is, or None."""
    rng = random.Random (seed)
    script, truth, i = [], [], 0
    while i < len (words):
        chance = rng.random ()
        if chance < 0.02:
            i += rng.choice ([1, 2, 3, 8])
            continue
        if chance < 0.04:
            for _ in range (rng.choice ([1, 2, 3, 8])):
                script.append (rng.choice (words))
                truth.append (None)
        script.append (words[i])
        truth.append (i)
        i += 1
    return script, truth


def compare_edited (bench, log_probs, words, expected):
    script, truth = edit (words, 0)
    found = align (bench, log_probs, script).words
    said = [i for i, which in enumerate (truth) if which is not None]
    unsaid = [i for i, which in enumerate (truth) if which is None]
    apart = [abs (found[i].first - expected[truth[i]]) for i in said if i in found]
    print (f"edited: {len (words) - len (said)} words not in the script; {len (said)} said, of which "
           f"{len (said) - len (apart)} are called unsaid and {sum (a > 1 for a in apart)} are more "
           f"than a frame off; {len (unsaid)} not said, of which "
           f"{sum (i in found for i in unsaid)} are called said")


def measure_hour (bench, sentences, rng):
    log_probs, words = [], []
    n_frames = 0
    while n_frames < 3600 * FRAMES_A_SECOND:
        sentence = sentences[rng.integers (len (sentences))]
        rows = make_up (sentence, rng)
        # as slow as 10,000 words an hour
        pause = np.repeat (make_up ("", rng)[-1:], max (len (sentence.split ()) * 18 - len (rows), 1), 0)
        log_probs += [rows, pause]
        n_frames += len (rows) + len (pause)
        words += sentence.split ()
    log_probs = np.concatenate (log_probs)[:3600 * FRAMES_A_SECOND]
    for minutes in (6, 60):
        part = log_probs[:minutes * 60 * FRAMES_A_SECOND]
        alignment = align (bench, part, words)
        print (f"{minutes} minutes, a script of {len (words)} words, {len (alignment.words)} said")
        print_speed (part, alignment)


def main ():
    parser = argparse.ArgumentParser (description = __doc__.split ("\n")[0])
    parser.add_argument ("bench")
    parser.add_argument ("sentences")
    parser.add_argument ("--clips")
    parser.add_argument ("--n-sentences", type = int, default = 40)
    parser.add_argument ("--hour", action = "store_true")
    arguments = parser.parse_args ()

    rng = np.random.default_rng (1)
    letters = set (IDS) - {"|"} | {" "}
    sentences = [line.strip () for line in open (arguments.sentences)]
    sentences = [line for line in sentences if line and set (line) <= letters]
    if arguments.clips:
        clips = load_clips (arguments.clips)
    else:
        chosen = rng.choice (sentences, arguments.n_sentences, replace = False)
        clips = [(make_up (sentence, rng), sentence.split ()) for sentence in chosen]
    log_probs = np.concatenate ([rows for rows, _ in clips])
    words = sum ((words for _, words in clips), [])
    expected = compare (arguments.bench, log_probs, words)
    compare_edited (arguments.bench, log_probs, words, expected)
    if arguments.hour:
        measure_hour (arguments.bench, sentences, rng)


if __name__ == "__main__":
    main ()

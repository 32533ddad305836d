#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many words a minimum confidence leaves out: right ones, wrong ones, and those of recordings in
which nothing is said.

  measure-confidence.py SEW_TRANSCRIBE MANIFEST WORDLESS... [-- OPTION...]

MANIFEST is a table with tabs and a line of names, of which corpus, file and transcript count:
CORPUS/FILE lies beside it. WORDLESS are recordings of music or noise. OPTIONs go to SEW_TRANSCRIBE.
"""
import csv
import os
import subprocess
import sys

THRESHOLDS = 0.2, 0.3, 0.4, 0.5, 0.6


def read_words (command, paths):
    """path -> [(word, confidence)]"""
    words = {path: [] for path in paths}
    for path in paths:
        output = subprocess.run ([*command, "--words", path], check = True, text = True,
                                 stdout = subprocess.PIPE).stdout
        for line in output.splitlines ():
            _, _, confidence, word = line.split ("\t")
            words[path].append ((word, float (confidence)))
    return words


def find_right (words, said):
    """Which of the words stand in a least way to edit them into what was said."""
    cost = [list (range (len (said) + 1))]
    for i, word in enumerate (words, 1):
        row = [i]
        for j, other in enumerate (said, 1):
            row.append (min (cost[i - 1][j - 1] + (word != other), cost[i - 1][j] + 1, row[-1] + 1))
        cost.append (row)
    right = [False] * len (words)
    i, j = len (words), len (said)
    while i > 0 and j > 0:
        if cost[i][j] == cost[i - 1][j - 1] + (words[i - 1] != said[j - 1]):
            i, j = i - 1, j - 1
            right[i] = words[i] == said[j]
        elif cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return right


def main ():
    arguments = sys.argv[1:]
    split = arguments.index ("--") if "--" in arguments else len (arguments)
    program, manifest, *wordless = arguments[:split]
    command = [program, *arguments[split + 1:]]

    said = {}
    with open (manifest, newline = "") as file:
        for row in csv.DictReader (file, delimiter = "\t", quoting = csv.QUOTE_NONE):
            path = os.path.join (os.path.dirname (manifest), row["corpus"], row["file"])
            said[path] = row["transcript"].split ()
    confidences = {"right": [], "wrong": [], "unsaid": []}
    for path, words in read_words (command, said).items ():
        for (_, confidence), right in zip (words, find_right ([word for word, _ in words], said[path])):
            confidences["right" if right else "wrong"].append (confidence)
    for words in read_words (command, wordless).values ():
        confidences["unsaid"] += [confidence for _, confidence in words]

    print ("words\t", *(f"below {threshold}" for threshold in THRESHOLDS), sep = "\t")
    for name, values in confidences.items ():
        parts = (sum (value < threshold for value in values) for threshold in THRESHOLDS)
        print (name, len (values), *(f"{100 * part / max (1, len (values)):.1f} %" for part in parts), sep = "\t")


main ()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes scores.txt: what KenLM (PyPI's kenlm) says about sentences.txt with every model here.

The binaries are plain.arpa as build_binary of KenLM 0.3 writes it: probing; -r o1.arpa o2.arpa
o3.arpa probing; trie; -q 4 -b 5 trie; -a 22 trie; -a 255 -q 3 -b 3 trie; -v trie. The n-grams are
lmplz's from a dozen sentences, without some that only longer n-grams end with.
"""
import pathlib

import kenlm

here = pathlib.Path (__file__).parent
sentences = (here / "sentences.txt").read_text ().splitlines ()

with open (here / "scores.txt", "w") as out:
    for path in [here / "plain.arpa", *sorted (here.glob ("*.bin"))]:
        model = kenlm.Model (str (path))
        for sentence in sentences:
            scores = [f"{score[0]:.6f}" for score in model.full_scores (sentence)]
            print (path.name, *scores, file=out)

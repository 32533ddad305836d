#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A checkpoint of SEW-tiny's size that says what a smaller one says, to measure what that costs.

  widen-model.py MODEL_FOLDER NEW_FOLDER

needs numpy, torch and safetensors from PyPI. Channels are repeated, and what reads them takes the average
of the repeats, so that sums and the statistics of norms stay what they are; where they can only be
repeated in part, nearly so. Layers are added that pass on what they get. The last convolution gets
576 channels instead of SEW-tiny's 512, as a checkpoint with as many as hidden ones has no projection
after it.
"""
import json
import os
import shutil
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

CONV_DIM = [64, 128, 128, 128, 128, 256, 256, 256, 256, 512, 512, 512, 576]
HIDDEN, FORWARD, LAYERS = 512, 2048, 12


def repeat (n_old, n_new):
    """For each new channel the old one that it repeats."""
    return np.arange (n_new) % n_old


def repeat_in_groups (n_old, n_new, n_groups):
    group, channel = np.divmod (np.arange (n_new), n_new // n_groups)
    return group * (n_old // n_groups) + channel % (n_old // n_groups)


def widen_inputs (weight, channels, axis = 1):
    counts = np.bincount (channels)
    shape = [-1 if i == axis else 1 for i in range (weight.ndim)]
    return weight.take (channels, axis) / counts[channels].reshape (shape)


class Widening:
    def __init__ (self, config, read):
        self.config, self.read, self.tensors = config, read, {}
        n_old = config["hidden_size"]
        self.hidden = repeat_in_groups (n_old, HIDDEN, config["num_conv_pos_embedding_groups"])
        self.heads = repeat (n_old, HIDDEN)
        self.forward = repeat (config["intermediate_size"], FORWARD)

    def put (self, name, value):
        self.tensors[name] = np.ascontiguousarray (value, np.float32)

    def linear (self, old, new, outputs, inputs, scale = 1.0):
        self.put (new + ".weight",
                  scale * widen_inputs (self.read (old + ".weight")[outputs], inputs))
        self.put (new + ".bias", scale * self.read (old + ".bias")[outputs])

    def norm (self, old, new, channels, plain = False):
        n = len (channels)
        self.put (new + ".weight", np.ones (n) if plain else self.read (old + ".weight")[channels])
        self.put (new + ".bias", np.zeros (n) if plain else self.read (old + ".bias")[channels])

    def extract_features (self):
        inputs = np.zeros (1, int)
        for i, n_new in enumerate (CONV_DIM):
            name = f"sew.feature_extractor.conv_layers.{i}"
            weight = self.read (name + ".conv.weight")
            outputs = repeat (weight.shape[0], n_new)
            self.put (name + ".conv.weight", widen_inputs (weight[outputs], inputs))
            if i == 0:
                self.norm (name + ".layer_norm", name + ".layer_norm", outputs)
            inputs = outputs
        self.norm ("sew.layer_norm", "sew.layer_norm", inputs)
        self.linear ("sew.feature_projection", "sew.feature_projection", self.hidden, inputs)

    def convolve_positions (self):
        """Both sizes have the same groups; a new one holds repeats of the same old one."""
        name = "sew.encoder.pos_conv_embed.conv."
        g, v = self.read (name + "weight_g"), self.read (name + "weight_v")
        weight = g * v / np.linalg.norm (v, axis = (0, 1), keepdims = True)
        n_in = HIDDEN // self.config["num_conv_pos_embedding_groups"]
        weight = widen_inputs (weight[self.hidden], repeat (weight.shape[1], n_in))
        self.put (name + "weight_v", weight)
        self.put (name + "weight_g", np.linalg.norm (weight, axis = (0, 1), keepdims = True))
        self.put (name + "bias", self.read (name + "bias")[self.hidden])

    def layer (self, old, new, adds, old_final, plain):
        """adds: whether it adds anything to what it gets; plain: whether the last norm of it only
        normalizes, so that a layer that adds nothing can follow."""
        old, new = f"sew.encoder.layers.{old}.", f"sew.encoder.layers.{new}."
        for part in "q_proj", "k_proj", "v_proj":
            self.linear (old + "attention." + part, new + "attention." + part, self.heads,
                         self.hidden)
        self.linear (old + "attention.out_proj", new + "attention.out_proj", self.hidden, self.heads,
                     adds)
        self.norm (old + "layer_norm", new + "layer_norm", self.hidden, not adds)
        self.linear (old + "feed_forward.intermediate_dense", new + "feed_forward.intermediate_dense",
                     self.forward, self.hidden)
        self.linear (old + "feed_forward.output_dense", new + "feed_forward.output_dense",
                     self.hidden, self.forward, adds)
        self.norm (f"sew.encoder.layers.{old_final}.final_layer_norm", new + "final_layer_norm",
                   self.hidden, plain)

    def encode (self):
        self.convolve_positions ()
        self.norm ("sew.encoder.layer_norm", "sew.encoder.layer_norm", self.hidden)
        n_old = self.config["num_hidden_layers"]
        for i in range (LAYERS):
            self.layer (min (i, n_old - 1), i, float (i < n_old), min (i, n_old - 1),
                        n_old - 1 <= i < LAYERS - 1)
        n_frames = self.config["squeeze_factor"]
        outputs = np.concatenate ([k * self.config["hidden_size"] + self.hidden
                                   for k in range (n_frames)])
        self.linear ("sew.encoder.upsample.projection", "sew.encoder.upsample.projection", outputs,
                     self.hidden)
        self.put ("lm_head.weight", widen_inputs (self.read ("lm_head.weight"), self.hidden))
        self.put ("lm_head.bias", self.read ("lm_head.bias"))


def main ():
    old_folder, new_folder = sys.argv[1:]
    with open (os.path.join (old_folder, "config.json")) as file:
        config = json.load (file)
    n_head = config["hidden_size"] // config["num_attention_heads"]
    if HIDDEN % n_head != 0 or config["conv_dim"][-1] == config["hidden_size"]:
        sys.exit (f"{old_folder}: not of a shape that this can widen")
    # through torch, as numpy has no bfloat16
    with safe_open (os.path.join (old_folder, "model.safetensors"), "pt") as file:
        widening = Widening (config, lambda name: file.get_tensor (name).float ().numpy ())
        widening.extract_features ()
        widening.encode ()
    os.makedirs (new_folder, exist_ok = True)
    shutil.copytree (old_folder, new_folder, dirs_exist_ok = True,
                     ignore = shutil.ignore_patterns ("*.safetensors"))
    save_file (widening.tensors, os.path.join (new_folder, "model.safetensors"))
    config.update (conv_dim = CONV_DIM, hidden_size = HIDDEN, intermediate_size = FORWARD,
                   num_hidden_layers = LAYERS, num_attention_heads = HIDDEN // n_head)
    with open (os.path.join (new_folder, "config.json"), "w") as file:
        json.dump (config, file, indent = 1)


main ()

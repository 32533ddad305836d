#!/usr/bin/env python3
"""Make the small reference cases that make-reference.py's checkpoints leave out: every activation,
odd sizes, all kinds of positions, short, long, silent and quiet clips.

usage: make-cases.py OUT_DIR CLIP.wav     (torch, transformers and safetensors must be importable)

CLIP.wav is mono 16 kHz speech (S16) that the clips are cut from. Each case is a folder with a
checkpoint of random weights (the seed is fixed) and, for each clip NAME, NAME.wav and
NAME.logits.npy, which is what transformers computes for it.
"""
import json
import os
import sys
import wave

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import (HubertConfig, HubertForCTC, SEWConfig, SEWDConfig, SEWDForCTC, SEWForCTC,
                          Wav2Vec2Config, Wav2Vec2ForCTC)

FAMILIES = {
    "sew": (SEWConfig, SEWForCTC),
    "sew-d": (SEWDConfig, SEWDForCTC),
    "wav2vec2": (Wav2Vec2Config, Wav2Vec2ForCTC),
    "hubert": (HubertConfig, HubertForCTC),
}

# Two convolutions with a hop of 10 samples: many frames out of few samples.
SHAPE = dict(
    vocab_size=7, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
    conv_dim=[12, 20], conv_kernel=[10, 3], conv_stride=[5, 2], num_feat_extract_layers=2,
    num_conv_pos_embeddings=6, num_conv_pos_embedding_groups=2)
SEW_D = dict(
    SHAPE, position_buckets=16, max_position_embeddings=64, max_relative_positions=40,
    share_att_key=True, relative_attention=True, pos_att_type=["p2c", "c2p"],
    norm_rel_ebd="layer_norm", layer_norm_eps=1e-3, feature_layer_norm_eps=1e-2)
STABLE = dict(SHAPE, do_stable_layer_norm=True, feat_extract_norm="layer", conv_bias=True)

ACTIVATIONS = ["linear", "gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "quick_gelu",
               "relu", "relu6", "leaky_relu", "relu2", "silu", "swish", "mish", "sigmoid", "tanh"]
TINY = dict(SHAPE, hidden_size=12, num_hidden_layers=1, intermediate_size=16, conv_dim=[6, 8])

# Clips: name, first sample, samples, gain, offset.
USUAL = [("even", 4000, 1605, 1, 0), ("odd", 9000, 1215, 1, 0)]
QUIET = [("silence", 0, 900, 0, 0), ("constant", 0, 900, 0, 0.25), ("quiet", 6000, 900, 0.002, 0),
         ("offset", 6000, 900, 0.1, 0.75)]
ONE = [("even", 4000, 1605, 1, 0)]


def make_cases():
    """name -> (family, config, do_normalize, clips)"""
    cases = {
        "sew-squeeze-4": ("sew", dict(SHAPE, squeeze_factor=4, num_conv_pos_embeddings=5), False, USUAL),
        "sew-squeeze-3": ("sew", dict(SHAPE, squeeze_factor=3, feat_extract_norm="layer"), True, USUAL),
        "sew-short": ("sew", dict(SHAPE), False,
                      [("two", 4000, 30, 1, 0), ("three", 4000, 40, 1, 0), ("five", 4000, 69, 1, 0)]),
        "sew-quiet": ("sew", dict(SHAPE), False, QUIET),
        "sew-quiet-normalized": ("sew", dict(SHAPE, conv_bias=True), True, QUIET),
        "sew-no-projection": ("sew", dict(SHAPE, conv_dim=[12, 24]), False, USUAL),
        "sew-odd-sizes": ("sew", dict(
            SHAPE, hidden_size=35, num_attention_heads=5, intermediate_size=51, conv_dim=[7, 13, 11],
            conv_kernel=[9, 4, 3], conv_stride=[4, 3, 1], num_feat_extract_layers=3,
            num_conv_pos_embedding_groups=5, num_conv_pos_embeddings=3), True, USUAL),
        "sew-d-c2p": ("sew-d", dict(SEW_D, pos_att_type=["c2p"]), False, USUAL),
        "sew-d-p2c": ("sew-d", dict(SEW_D, pos_att_type=["p2c"], share_att_key=False), False, USUAL),
        "sew-d-no-terms": ("sew-d", dict(SEW_D, relative_attention=False), False, USUAL),
        "sew-d-linear": ("sew-d", dict(SEW_D, position_buckets=-1, norm_rel_ebd="none"), False, USUAL),
        "sew-d-odd-buckets": ("sew-d", dict(SEW_D, position_buckets=11, max_relative_positions=-1), False, USUAL),
        "sew-d-long": ("sew-d", dict(SEW_D, position_buckets=64, max_relative_positions=500), True,
                       [("long", 2000, 15035, 1, 0)]),
        "sew-d-layer-conv": ("sew-d", dict(SEW_D, conv_kernel_size=3, conv_groups=2, conv_act="tanh"), False, USUAL),
        "sew-d-layer-norm": ("sew-d", dict(SEW_D, feat_extract_norm="layer", conv_bias=True), True, USUAL),
        "wav2vec2-short": ("wav2vec2", dict(SHAPE, num_conv_pos_embeddings=16), False,
                           [("one", 4000, 20, 1, 0), ("two", 4000, 30, 1, 0)]),
        "wav2vec2-long": ("wav2vec2", dict(SHAPE, num_conv_pos_embeddings=48, num_attention_heads=8), True,
                          [("long", 2000, 15025, 1, 0)]),
        "wav2vec2-adapter": ("wav2vec2", dict(STABLE, adapter_attn_dim=5), True, USUAL),
        "hubert-norm": ("hubert", dict(SHAPE, feat_proj_layer_norm=True, conv_bias=True), True, USUAL),
        "hubert-stable": ("hubert", dict(STABLE), True, USUAL),
    }
    for i, name in enumerate(ACTIVATIONS):
        other = ACTIVATIONS[(i + 5) % len(ACTIVATIONS)]
        cases["activation-" + name] = ("wav2vec2", dict(TINY, hidden_act=name, feat_extract_activation=other), True, ONE)
    cases["wav2vec2-one-tap"] = ("wav2vec2", dict(SHAPE, num_conv_pos_embeddings=1), True, USUAL)  # last: order gives seeds
    return cases


def make_model(family, shape, seed):
    """Random weights that keep the signal alive through every layer, and norms away from identity."""
    Config, Model = FAMILIES[family]
    config = Config(**shape)
    for name, value in shape.items():
        setattr(config, name, value)
    config.hidden_dropout_prob = 0.0  # SEW-D's convolution after the first layer asks for it by this name
    torch.manual_seed(seed)
    model = Model(config).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() == 1:
                p.add_(torch.randn_like(p) * 0.1)
            elif name.endswith("lm_head.weight"):
                p.copy_(torch.randn_like(p) * (3.0 / p.shape[1] ** 0.5))
            elif name.endswith("original0"):
                p.mul_(1.0 + 0.2 * torch.randn_like(p))
            elif p.dim() == 2:
                p.copy_(torch.randn_like(p) / p.shape[1] ** 0.5)
    config.architectures = [Model.__name__]
    return config, model


def write_clip(path, samples):
    with wave.open(path, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(16000)
        w.writeframes((samples * 32768).round().astype("<i2").tobytes())


def run_model(model, samples, do_normalize):
    if do_normalize:
        samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
    with torch.no_grad():
        return model(torch.tensor(samples)[None]).logits[0].numpy().astype(np.float32)


def main(out, clip_path):
    with wave.open(clip_path) as w:
        speech = np.frombuffer(w.readframes(w.getnframes()), dtype="<i2").astype(np.float32) / 32768
    for seed, (name, (family, shape, do_normalize, clips)) in enumerate(make_cases().items()):
        folder = os.path.join(out, name)
        os.makedirs(folder, exist_ok=True)
        config, model = make_model(family, shape, seed)
        with open(os.path.join(folder, "config.json"), "w") as f:
            f.write(config.to_json_string(use_diff=True))
        with open(os.path.join(folder, "preprocessor_config.json"), "w") as f:
            json.dump(dict(do_normalize=do_normalize, sampling_rate=16000), f)
        save_file({k: v.contiguous() for k, v in model.state_dict().items()},
                  os.path.join(folder, "model.safetensors"), metadata=dict(format="pt"))
        for clip, first, n, gain, offset in clips:
            samples = (speech[first:first + n] * gain + offset).astype(np.float32)
            samples = (samples * 32768).round() / np.float32(32768)
            write_clip(os.path.join(folder, clip + ".wav"), samples)
            logits = run_model(model, samples, do_normalize)
            np.save(os.path.join(folder, clip + ".logits.npy"), logits)
            print(name, clip, logits.shape, "%.2f" % logits.std())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

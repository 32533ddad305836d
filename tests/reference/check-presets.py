#!/usr/bin/env python3
"""Compare the encoder with transformers at the released shapes, with random weights.

usage: check-presets.py SEW-LOGITS [PRESET...]     (torch, transformers and safetensors must be importable)

Every preset is written as a checkpoint into a temporary folder, run by both for a clip of 10 s and
one of 1,500 frames, and removed again. Fails if a logit differs by more than 1e-3.
"""
import json
import os
import subprocess
import sys
import tempfile
import wave

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import (HubertConfig, HubertForCTC, SEWConfig, SEWDConfig, SEWDForCTC, SEWForCTC,
                          Wav2Vec2Config, Wav2Vec2ForCTC)

TOLERANCE = 1e-3
CLIPS = {"10 s": 160000, "1,500 frames": 400 + 1499 * 320}

DIMS = [64] + [128] * 4 + [256] * 4 + [512] * 4


def sew(hidden, layers, **more):
    return dict(hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=hidden // 64,
                intermediate_size=4 * hidden, conv_dim=DIMS, squeeze_factor=2,
                num_conv_pos_embeddings=31, num_conv_pos_embedding_groups=16, **more)


def sew_d(hidden, layers, kernel=31, width=2):
    shape = sew(hidden, layers, position_buckets=256, max_position_embeddings=512, share_att_key=True,
                relative_attention=True, pos_att_type=["p2c", "c2p"], norm_rel_ebd="layer_norm")
    return dict(shape, num_conv_pos_embeddings=kernel, conv_dim=[d // 2 * width for d in DIMS])


LARGE = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096,
             do_stable_layer_norm=True, feat_extract_norm="layer", conv_bias=True)

PRESETS = {
    "sew-tiny": (SEWConfig, SEWForCTC, sew(512, 12)),
    "sew-small": (SEWConfig, SEWForCTC, sew(768, 12)),
    "sew-mid": (SEWConfig, SEWForCTC, sew(768, 24)),
    "sew-d-tiny": (SEWDConfig, SEWDForCTC, sew_d(384, 12)),
    "sew-d-small": (SEWDConfig, SEWDForCTC, sew_d(512, 12)),
    "sew-d-mid": (SEWDConfig, SEWDForCTC, sew_d(512, 24)),
    "sew-d-mid-k127": (SEWDConfig, SEWDForCTC, sew_d(512, 24, kernel=127)),
    "sew-d-base": (SEWDConfig, SEWDForCTC, sew_d(768, 24)),
    "sew-d-base+": (SEWDConfig, SEWDForCTC, sew_d(768, 24, width=3)),
    "w2v2-base": (Wav2Vec2Config, Wav2Vec2ForCTC, dict()),
    "w2v2-large": (Wav2Vec2Config, Wav2Vec2ForCTC, LARGE),
    "hubert-base": (HubertConfig, HubertForCTC, dict()),
    "hubert-large": (HubertConfig, HubertForCTC, LARGE),
}


def make_clip(n):
    """Something like voices: harmonics that come and go, over noise."""
    rng = np.random.default_rng(0)
    t = np.arange(n) / 16000
    pitch = 120 + 40 * np.sin(2 * np.pi * 0.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / 16000
    voice = sum(np.sin(k * phase) / k for k in range(1, 20)) * np.clip(np.sin(2 * np.pi * 2.3 * t), 0, 1)
    x = 0.1 * voice + 0.005 * rng.standard_normal(n)
    return (x * 32768).round().clip(-32768, 32767).astype("<i2")


def write_clip(path, samples):
    with wave.open(path, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(16000)
        w.writeframes(samples.tobytes())


def make_model(Config, Model, shape):
    torch.manual_seed(0)
    config = Config(vocab_size=32, **shape)
    config.architectures = [Model.__name__]
    model = Model(config).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() == 1:
                p.add_(torch.randn_like(p) * 0.1)
            elif name.endswith("lm_head.weight"):
                p.copy_(torch.randn_like(p) * (3.0 / p.shape[1] ** 0.5))
            elif p.dim() == 2:
                p.copy_(torch.randn_like(p) / p.shape[1] ** 0.5)
    return config, model


def write_checkpoint(folder, config, model):
    tokens = ["<pad>", "<s>", "</s>", "<unk>", "|"] + list("ETAONIHSRDLUMWCFGYPBVK'XJQZ")
    with open(folder + "/config.json", "w") as f:
        f.write(config.to_json_string(use_diff=False))
    for name, value in (("preprocessor_config.json", dict(do_normalize=True, sampling_rate=16000)),
                        ("vocab.json", {t: i for i, t in enumerate(tokens)}),
                        ("tokenizer_config.json", dict(pad_token="<pad>", unk_token="<unk>", bos_token="<s>",
                                                       eos_token="</s>", word_delimiter_token="|"))):
        with open(os.path.join(folder, name), "w") as f:
            json.dump(value, f)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder + "/model.safetensors",
              metadata=dict(format="pt"))


def run_reference(model, samples):
    x = samples.astype(np.float32) / 32768
    x = (x - x.mean()) / np.sqrt(x.var() + 1e-7)
    with torch.no_grad():
        return model(torch.tensor(x)[None]).logits[0].numpy()


def check(sew_logits, name):
    Config, Model, shape = PRESETS[name]
    config, model = make_model(Config, Model, shape)
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        write_checkpoint(folder, config, model)
        for clip, n in CLIPS.items():
            samples = make_clip(n)
            write_clip(folder + "/clip.wav", samples)
            subprocess.run([sew_logits, folder, folder + "/clip.wav", folder + "/out.npy"], check=True)
            expected, got = run_reference(model, samples), np.load(folder + "/out.npy")
            assert expected.shape == got.shape, (expected.shape, got.shape)
            difference = float(np.abs(expected - got).max())
            worst = max(worst, difference)
            print("%-15s %-13s %-12s deviation of logits %.2f, largest difference %.1e"
                  % (name, clip, got.shape, expected.std(), difference), flush=True)
    return worst


def main(sew_logits, *names):
    worst = max(check(sew_logits, name) for name in names or PRESETS)
    print("largest difference of all: %.1e" % worst)
    return 1 if worst > TOLERANCE else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

"""Checkpoint of a run -> a Hugging Face SEWForCTC folder with BF16 weights."""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

PREPROCESSOR = {
    "do_normalize": True,
    "feature_extractor_type": "Wav2Vec2FeatureExtractor",
    "feature_size": 1,
    "padding_side": "right",
    "padding_value": 0.0,
    "return_attention_mask": False,
    "sampling_rate": 16000,
}
TOKENIZER = {
    "tokenizer_class": "Wav2Vec2CTCTokenizer",
    "unk_token": "<unk>",
    "bos_token": "<s>",
    "eos_token": "</s>",
    "pad_token": "<pad>",
    "word_delimiter_token": "|",
    "do_lower_case": False,
}


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--start", type=Path, required=True, help="checkpoint folder that the run began with")
    parser.add_argument("--mix", type=float, default=1.0, metavar="PART", help="of the run's weights, the rest of --start's (Wortsman et al. 2021)")
    parser.add_argument("--raw", action="store_true", help="the last weights instead of their average")
    options = parser.parse_args()
    state = torch.load(options.run / "checkpoint.pt", map_location="cpu")
    weights = state["model"] if options.raw else state["average"]
    if options.mix < 1:
        start = load_file(options.start / "model.safetensors")
        weights = {name: torch.lerp(start[name].float(), value.float(), options.mix) for name, value in weights.items()}
    options.out.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: value.to(torch.bfloat16).contiguous() for name, value in weights.items()},
        options.out / "model.safetensors",
        metadata={"format": "pt"},
    )
    write_json(options.out / "config.json", state["config"])
    write_json(options.out / "preprocessor_config.json", PREPROCESSOR)
    write_json(options.out / "tokenizer_config.json", TOKENIZER)
    shutil.copyfile(options.start / "vocab.json", options.out / "vocab.json")
    print(f"{options.out}: {state['n_updates']} updates, {state['seconds_heard'] / 3600:.1f} h heard")


if __name__ == "__main__":
    main()

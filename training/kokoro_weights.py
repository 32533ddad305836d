"""Kokoro-82M as a quantised ONNX file -> weights by the names of the `kokoro` package, for kokoro_speak.py.

The package registries have the ONNX export but not the PyTorch file, which a GPU needs. The export keeps PyTorch's
names in the names of its nodes, so every weight finds its place. Large tensors are written as int8 rows with a scale.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import NodeProto, numpy_helper

EMBEDDINGS = [f"bert.embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type")] + ["text_encoder.embedding.weight"]
LARGE = 20000
# Scales, constants without a name, the eleven repetitions of ALBERT's one layer, and the inverse Fourier transform.
_NOT_WEIGHTS = re.compile(r"_scale$|^onnx::|_output_0$|_\d+\.weight$|\.stft\.")


def parameter_name(path: str) -> str:
    """'/encoder/F0.0/conv1/Conv_quant' or 'encoder.F0.0.conv1.bias' -> the name in PyTorch, without the operator."""
    name = path.strip("/").replace("/", ".")
    name = re.sub(r"^encoder\.|^decoder\.(?=decoder\.)", "", name)
    if re.match(r"(F0|N|F0_proj|N_proj|shared|lstm|duration_proj)\b", name):
        name = "predictor." + name
    return re.sub(r"cnn\.\d\.cnn", "cnn", name.replace("asr_res.asr_res", "asr_res"))


class Export:
    def __init__(self, path: Path):
        self.graph = onnx.load(path).graph
        self.values = {value.name: numpy_helper.to_array(value) for value in self.graph.initializer}
        self.makers = {output: node for node in self.graph.node for output in node.output}
        self.users: dict[str, list[NodeProto]] = {}
        for node in self.graph.node:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def constants(self, node: NodeProto) -> list[np.ndarray]:
        return [self.values[name].astype(np.float32) for name in node.input if name in self.values]

    def scale(self, node: NodeProto) -> np.ndarray:
        """Of an integer product's weights: behind it stands a multiplication by both operands' scales, itself a product."""
        todo = list(self.users[node.output[0]])
        while todo:
            user = todo.pop(0)
            if user.op_type != "Mul":
                todo += [next_user for output in user.output for next_user in self.users.get(output, [])]
                continue
            factors = [self.makers[name] for name in user.input if name in self.makers and self.makers[name].op_type == "Mul"]
            for factor in (user, *factors):
                if constants := self.constants(factor):
                    return constants[0]
        raise ValueError(f"{node.name}: no scale of its weights is found")

    def product(self, node: NodeProto) -> np.ndarray:
        """The weights of a product or convolution as PyTorch has them."""
        weights = self.values[node.input[1]].astype(np.float32)
        if node.op_type.endswith("Integer"):
            zero = self.values[node.input[3]].astype(np.float32) if len(node.input) > 3 else np.float32(0)
            shape = (-1, *[1] * (weights.ndim - 1)) if node.op_type == "ConvInteger" else (-1,)
            weights = (weights - zero.reshape(shape)) * self.scale(node).reshape(shape)
        return weights.T if weights.ndim == 2 else weights

    def recurrent(self, node: NodeProto) -> dict[str, np.ndarray]:
        """ONNX orders the gates input, output, forget, cell; PyTorch input, forget, cell, output."""
        _, w, r, bias, _, _, _, _, w_scale, w_zero, r_scale, r_zero = node.input
        found = {}
        for direction, suffix in enumerate(("", "_reverse")):
            for name, weights, scale, zero in (("ih", w, w_scale, w_zero), ("hh", r, r_scale, r_zero)):
                rows = self.values[weights][direction].astype(np.float32) - self.values[zero][direction].astype(np.float32)
                found[f"weight_{name}_l0{suffix}"] = _reorder((rows * self.values[scale][direction]).T)
            for name, part in zip(("ih", "hh"), np.split(self.values[bias][direction], 2)):
                found[f"bias_{name}_l0{suffix}"] = _reorder(part)
        return found

    def weights(self) -> dict[str, np.ndarray]:
        found = {parameter_name(name): value for name, value in self.values.items() if value.dtype == np.float32}
        for node in self.graph.node:
            layer = parameter_name(node.name).rpartition(".")[0]
            if node.op_type == "DynamicQuantizeLSTM":
                found |= {f"{layer}.{name}": value for name, value in self.recurrent(node).items()}
            elif node.op_type in ("MatMulInteger", "ConvInteger", "Conv", "ConvTranspose", "MatMul") and node.input[1] in self.values:
                found[f"{layer}.weight"] = self.product(node)
            elif node.op_type == "DequantizeLinear" and (name := parameter_name(node.input[1]).removesuffix("_scale")) in EMBEDDINGS:
                scale, zero = self.constants(node)
                found[name] = (self.values[f"encoder.{name}_quantized"].astype(np.float32) - zero) * scale
        return {name: value for name, value in found.items() if not _NOT_WEIGHTS.search(name)}


def _reorder(gates: np.ndarray) -> np.ndarray:
    into, out, forget, cell = np.split(gates, 4)
    return np.concatenate([into, forget, cell, out])


def pack(values: np.ndarray):
    tensor = torch.from_numpy(np.array(values, dtype=np.float32))
    if tensor.numel() < LARGE:
        return tensor
    rows = tensor.flatten(1)
    scale = rows.abs().amax(dim=1).clamp(min=1e-12) / 127
    return torch.round(rows / scale[:, None]).to(torch.int8).view(tensor.shape), scale


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("onnx", type=Path)
    parser.add_argument("config", type=Path, help="config.json of the `kokoro-onnx` package")
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    weights = {name: pack(value) for name, value in Export(options.onnx).weights().items()}
    torch.save({"config": json.loads(options.config.read_text()), "weights": weights}, options.out)
    print(f"{options.out}: {len(weights)} tensors")


if __name__ == "__main__":
    main()

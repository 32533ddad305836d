"""SEW with a CTC head, for training: the parameters and names of Hugging Face's SEWForCTC, time-major and fast.

All clips of a batch have the same number of samples, a multiple of 320 (see batches.py), so they lie one after the
other in one matrix [clips x frames, channels]: a strided convolution is a few matrix products on views of it, with
no copy. Each clip's last frame looks over its end; it is dropped after the last convolution, and no other frame of
the clip ever depends on it.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

HOP = 320  # samples a frame, of every SEW feature extractor with strides 5, 2 x 6


class StridedConv(torch.autograd.Function):
    """Convolution without padding of x [rows, in] with taps [kernel, in, out]: [rows / stride, out].

    kernel <= 2 * stride. The last row of each clip's result lacks taps or looks into the next clip: nothing may
    depend on it.
    """

    @staticmethod
    def forward(ctx, x: Tensor, taps: Tensor, stride: int, n_clips: int) -> Tensor:
        ctx.save_for_backward(x, taps)
        ctx.stride, ctx.n_clips = stride, n_clips
        inner, outer, w_inner, w_outer = _split(x, taps, stride)
        y = inner @ w_inner
        if outer is not None:
            y[:-1].addmm_(outer, w_outer)
        return y

    @staticmethod
    def backward(ctx, grad: Tensor):
        x, taps = ctx.saved_tensors
        inner, outer, w_inner, w_outer = _split(x, taps, ctx.stride)
        grad_taps = _grad_taps(x, grad, taps, ctx.stride, ctx.n_clips)
        if not ctx.needs_input_grad[0]:
            return None, grad_taps, None, None
        grad_x = torch.empty_like(x)
        grad_inner, grad_outer, _, _ = _split(grad_x, taps, ctx.stride)
        if grad_inner.shape[1] == ctx.stride * x.shape[1]:
            torch.mm(grad, w_inner.t(), out=grad_inner)
        else:
            grad_x.zero_()
            grad_inner.copy_(grad @ w_inner.t())
        if outer is not None:
            grad_outer.addmm_(grad[:-1], w_outer.t())
        return grad_x, grad_taps, None, None


def _grad_taps(x: Tensor, grad: Tensor, taps: Tensor, stride: int, n_clips: int) -> Tensor:
    """A product a clip, then their sum: a GPU would have one processor do the whole of such a tall product."""
    kernel, channels, n_out = taps.shape
    groups = x.view(n_clips, -1, stride * channels)
    grad = grad.view(n_clips, -1, n_out)
    n_inner = min(kernel, stride) * channels
    parts = [torch.bmm(groups[:, :, :n_inner].mT, grad).sum(dim=0, dtype=torch.float32)]
    if kernel > stride:
        parts.append(torch.bmm(groups[:, 1:, : kernel * channels - n_inner].mT, grad[:, :-1]).sum(dim=0, dtype=torch.float32))
    return torch.cat(parts).view_as(taps).to(taps.dtype)


def _split(x: Tensor, taps: Tensor, stride: int):
    """The taps that lie in a row group of `stride` rows, and those that reach into the next group."""
    kernel, channels, n_out = taps.shape
    n_inner = min(kernel, stride)
    groups = x.view(-1, stride * channels)
    flat = taps.view(-1, n_out)
    inner, w_inner = groups[:, : n_inner * channels], flat[: n_inner * channels]
    if kernel <= stride:
        return inner, None, w_inner, None
    return inner, groups[1:, : (kernel - stride) * channels], w_inner, flat[n_inner * channels :]


class Weight(nn.Module):
    """Holds the parameters of one convolution under the checkpoint's names."""

    def __init__(self, *shape: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(*shape))
        nn.init.kaiming_normal_(self.weight)

    def taps(self) -> Tensor:
        return self.weight.permute(2, 1, 0).contiguous()


class ConvLayer(nn.Module):
    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int, norm: bool):
        super().__init__()
        self.conv = Weight(n_out, n_in, kernel)
        self.stride = stride
        self.layer_norm = nn.GroupNorm(n_out, n_out) if norm else None

    def forward(self, x: Tensor, n_clips: int) -> Tensor:
        x = x.to(self.conv.weight.dtype)
        y = StridedConv.apply(x, self.conv.taps(), self.stride, n_clips)
        if self.layer_norm is not None:
            y = self.normalise(y.view(n_clips, -1, y.shape[1])).view(y.shape)
        return F.gelu(y)

    def normalise(self, y: Tensor) -> Tensor:
        """Group norm with a group a channel: statistics over the clip's frames, without the last (see above)."""
        variance, mean = torch.var_mean(y[:, :-1].float(), dim=1, keepdim=True, correction=0)
        scale = self.layer_norm.weight * torch.rsqrt(variance + self.layer_norm.eps)
        return torch.addcmul(self.layer_norm.bias - mean * scale, y, scale).to(y.dtype)


class FeatureExtractor(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        sizes = [1, *config["conv_dim"]]
        shapes = zip(sizes, sizes[1:], config["conv_kernel"], config["conv_stride"])
        self.conv_layers = nn.ModuleList(ConvLayer(*shape, norm=i == 0) for i, shape in enumerate(shapes))

    def forward(self, samples: Tensor) -> Tensor:
        """samples [clips, n], n a multiple of HOP -> features [clips, n / HOP - 1, channels]."""
        n_clips = len(samples)
        x = samples.reshape(-1, 1)
        for layer in self.conv_layers:
            x = layer(x, n_clips)
        return x.view(n_clips, -1, x.shape[1])[:, :-1]


class PositionalConvWeight(nn.Module):
    """Weight norm over all but the kernel's dimension, as in the checkpoints."""

    def __init__(self, hidden: int, groups: int, kernel: int):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(hidden))
        self.weight_v = nn.Parameter(torch.randn(hidden, hidden // groups, kernel) * (4 / (kernel * hidden)) ** 0.5)
        self.weight_g = nn.Parameter(0.3 * self.weight_v.detach().norm(dim=(0, 1), keepdim=True))

    def weight(self) -> Tensor:
        return self.weight_v * (self.weight_g / self.weight_v.norm(dim=(0, 1), keepdim=True))


class PositionalConv(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        self.groups, self.kernel = config["num_conv_pos_embedding_groups"], config["num_conv_pos_embeddings"]
        self.stride = config["squeeze_factor"]
        self.conv = PositionalConvWeight(config["hidden_size"], self.groups, self.kernel)

    def forward(self, x: Tensor) -> Tensor:
        """[clips, frames, hidden] -> [clips, about frames / stride, hidden]"""
        y = F.conv1d(
            x.transpose(1, 2), self.conv.weight(), self.conv.bias, stride=self.stride, padding=self.kernel // 2, groups=self.groups
        )
        return F.gelu(y).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, hidden: int, heads: int):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(hidden, hidden) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (f(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for f in (self.q_proj, self.k_proj, self.v_proj))
        if x.device.type == "cpu":  # which takes twice the time for it in bfloat16
            q, k, v = q.float(), k.float(), v.float()
        return self.out_proj(F.scaled_dot_product_attention(q, k, v).to(x.dtype).transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, hidden: int, inner: int):
        super().__init__()
        self.intermediate_dense, self.output_dense = nn.Linear(hidden, inner), nn.Linear(inner, hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.output_dense(F.gelu(self.intermediate_dense(x)))


class TransformerLayer(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        hidden, eps = config["hidden_size"], config["layer_norm_eps"]
        self.attention = Attention(hidden, config["num_attention_heads"])
        self.layer_norm = nn.LayerNorm(hidden, eps)
        self.feed_forward = FeedForward(hidden, config["intermediate_size"])
        self.final_layer_norm = nn.LayerNorm(hidden, eps)
        self.dropout = nn.Dropout(config["hidden_dropout"])
        # Every block begins near the identity, or the post-layer-norm stack never leaves the blank plateau.
        for dense in (self.attention.out_proj, self.feed_forward.output_dense):
            dense.weight.data.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.layer_norm(x + self.dropout(self.attention(x)))
        return self.final_layer_norm(x + self.dropout(self.feed_forward(x)))


class Upsample(nn.Module):
    def __init__(self, hidden: int, factor: int):
        super().__init__()
        self.projection = nn.Linear(hidden, hidden * factor)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(self.projection(x)).view(len(x), -1, x.shape[2])


class Encoder(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        hidden, self.squeeze = config["hidden_size"], config["squeeze_factor"]
        self.pos_conv_embed = PositionalConv(config)
        self.layer_norm = nn.LayerNorm(hidden, config["layer_norm_eps"])
        self.dropout = nn.Dropout(config["hidden_dropout"])
        self.layers = nn.ModuleList(TransformerLayer(config) for _ in range(config["num_hidden_layers"]))
        self.upsample = Upsample(hidden, self.squeeze)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns what comes out of the last layer and what comes out of the middle one."""
        n_frames = x.shape[1]
        n_squeezed = n_frames // self.squeeze
        pooled = x[:, : n_squeezed * self.squeeze].unflatten(1, (n_squeezed, self.squeeze)).mean(dim=2)
        x = self.layer_norm(pooled + self.pos_conv_embed(x)[:, :n_squeezed])
        x = self.dropout(x)
        for number, layer in enumerate(self.layers, start=1):
            x = layer(x)
            if number == len(self.layers) // 2:
                middle = x
        return self._full_rate(x, n_frames), self._full_rate(middle, n_frames)

    def _full_rate(self, x: Tensor, n_frames: int) -> Tensor:
        x = self.upsample(x)
        return F.pad(x, (0, 0, 0, n_frames - x.shape[1]))


class Sew(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        n_features, hidden = config["conv_dim"][-1], config["hidden_size"]
        self.feature_extractor = FeatureExtractor(config)
        self.layer_norm = nn.LayerNorm(n_features, config["layer_norm_eps"])
        self.feature_projection = nn.Linear(n_features, hidden)
        self.encoder = Encoder(config)

    def forward(self, samples: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        x = self.feature_projection(self.layer_norm(self.feature_extractor(samples)))
        if mask is not None:
            x = x * mask[:, : x.shape[1], None].to(x.dtype)
        return self.encoder(x)


class SewForCTC(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        self.config = config
        self.sew = Sew(config)
        self.lm_head = nn.Linear(config["hidden_size"], config["vocab_size"])

    def forward(self, samples: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """samples [clips, n], normalised, n a multiple of HOP; mask [clips, frames] is 0 where features are hidden.

        Returns logits [clips, n / HOP - 1, vocabulary], and the same of the middle layer, by the same head.
        """
        last, middle = self.sew(samples, mask)
        return self.lm_head(last), self.lm_head(middle)

    def freeze_convolutions(self, count: int) -> None:
        """The first convolutions see the most frames, and need no gradient once they have learnt their filters."""
        for layer in self.sew.feature_extractor.conv_layers[:count]:
            layer.requires_grad_(False)


def read_config(folder: Path, n_layers: int | None = None, dropout: float = 0.0) -> dict:
    config = json.loads((folder / "config.json").read_text())
    return {**config, "num_hidden_layers": n_layers or config["num_hidden_layers"], "hidden_dropout": dropout}


def load(folder: Path, config: dict | None = None) -> SewForCTC:
    """A checkpoint; if `config` has more layers, its own are spread among new ones that begin near the identity."""
    model = SewForCTC(config or read_config(folder))
    n_new, n_old = model.config["num_hidden_layers"], read_config(folder)["num_hidden_layers"]
    places = [number * n_new // n_old for number in range(n_old)]
    weights = {_moved(name, places): value.float() for name, value in load_file(folder / "model.safetensors").items()}
    model.load_state_dict({**model.state_dict(), **weights})
    return model


def _moved(name: str, places: list[int]) -> str:
    """The name of a parameter when its layer stands at its new place."""
    prefix, found, rest = name.partition("encoder.layers.")
    if not found:
        return name
    number, _, rest = rest.partition(".")
    return f"{prefix}{found}{places[int(number)]}.{rest}"

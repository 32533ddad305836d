"""Muon for the matrices, AdamW for everything else, and an exponential moving average of the weights.

Muon replaces the momentum of a matrix by the nearest (semi-)orthogonal one (Jordan et al. 2024, "Muon: an optimizer
for hidden layers"): all directions of a weight learn at the same speed. On this model it needs far fewer updates than
AdamW alone (see README.md).
"""

from concurrent.futures import Executor

import torch
from torch import Tensor, nn

# Quintic Newton-Schulz iteration with the coefficients of Muon.
_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonalise(momentum: Tensor, n_steps: int, dtype: torch.dtype) -> Tensor:
    """[matrices, rows, columns] -> the same with all singular values near 1; dtype: what the products are made in."""
    x = (momentum / (momentum.norm(dim=(1, 2), keepdim=True) + 1e-7)).to(dtype)
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT.contiguous()
    for _ in range(n_steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C), x, beta=_A)
    return (x.mT if tall else x).to(momentum.dtype)


class Muon(torch.optim.Optimizer):
    """Parameters of two or three dimensions; a few of one shape are orthogonalised together by each thread of the pool."""

    def __init__(
        self, params: list[Tensor], pool: Executor, dtype: torch.dtype, lr: float, momentum: float = 0.95, weight_decay: float = 0.01, n_steps: int = 4
    ):
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, n_steps=n_steps))
        self.pool, self.dtype = pool, dtype

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = {}
            for param in group["params"]:
                by_shape.setdefault(param.shape, []).append(param)
            portions = [params[i : i + 3] for params in by_shape.values() for i in range(0, len(params), 3)]
            portions.sort(key=lambda params: -sum(param.numel() for param in params))
            list(self.pool.map(lambda params: self._step_together(params, group), portions))

    @torch.no_grad()
    def _step_together(self, params: list[Tensor], group: dict) -> None:
        momentum = group["momentum"]
        directions = []
        for param in params:
            state = self.state[param]
            if not state:
                state["momentum"] = torch.zeros_like(param)
            state["momentum"].lerp_(param.grad, 1 - momentum)
            directions.append(param.grad.lerp(state["momentum"], momentum).flatten(1))
        updates = orthogonalise(torch.stack(directions), group["n_steps"], self.dtype)
        # An update of the same root mean square as Adam's makes both share one learning rate.
        scale = 0.2 * max(updates.shape[1:]) ** 0.5 * group["lr"]
        for param, update in zip(params, updates):
            param.mul_(1 - group["lr"] * group["weight_decay"])
            param.add_(update.view(param.shape), alpha=-scale)


class Optimiser:
    """Both optimisers as one, with one learning rate."""

    def __init__(self, model: nn.Module, pool: Executor, use_muon: bool, dtype: torch.dtype):
        """dtype: what Muon's products are made in."""
        matrices, rest = [], []
        for name, param in model.named_parameters():
            if not param.requires_grad:
                continue
            is_matrix = param.ndim >= 2 and min(param.flatten(1).shape) > 10 and "pos_conv" not in name and "lm_head" not in name
            (matrices if use_muon and is_matrix else rest).append(param)
        self.parts: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(rest, betas=(0.9, 0.98), weight_decay=0.01),
        ]
        if matrices:
            self.parts.append(Muon(matrices, pool, dtype, lr=1e-3))

    def step(self, learning_rate: float) -> None:
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = learning_rate
            part.step()
            part.zero_grad(set_to_none=True)

    def state_dict(self) -> list[dict]:
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[dict]) -> None:
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)


class Average:
    """Exponential moving average of a model's weights."""

    def __init__(self, model: nn.Module, horizon: int):
        """horizon: of how many updates the average is, about."""
        self.horizon = horizon
        self.weights = {name: param.detach().clone() for name, param in model.named_parameters()}

    @torch.no_grad()
    def update(self, model: nn.Module, n_updates: int) -> None:
        """n_updates: how many there were since the last call."""
        weight = 1 - (1 - 1 / self.horizon) ** n_updates
        torch._foreach_lerp_(list(self.weights.values()), list(model.parameters()), weight)

"""One stage of training: a fresh optimiser, and a learning rate that climbs and then falls in a line."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import PreTrainedModel

from vermeil.errors import SettingsError, TrainingDiverged
from vermeil.students.base import State
from vermeil.students.transformer.settings import TransformerSettings

_OF = " of "


def rate_at(step: int, steps: int, warmup: float) -> float:
    """Share of the peak rate at a step (from 0): up over `warmup` of the steps, then down to 0 after the last."""
    climb = round(warmup * steps)
    if step < climb:
        return (step + 1) / climb
    return max(0.0, (steps - step) / max(1, steps - climb))


class Stage:
    """The optimiser of one stage."""

    def __init__(
        self, network: PreTrainedModel, steps: int, learning_rate: float | None, settings: TransformerSettings
    ) -> None:
        if steps < 1:
            raise SettingsError(f"a stage has at least one step, got {steps}")
        self.steps, self.done = steps, 0
        self.peak = settings.learning_rate if learning_rate is None else learning_rate
        self.settings = settings
        self.named = {name: each for name, each in network.named_parameters() if each.requires_grad}
        self.parameters = list(self.named.values())
        groups = _groups(network, settings.weight_decay, settings.head_rate)
        self.optimiser = torch.optim.AdamW(groups, lr=self.peak, fused=True)

    def start_step(self) -> None:
        """Forget the last step's gradient."""
        self.optimiser.zero_grad()

    def finish_step(self) -> None:
        """Clip the gradient and follow it at this step's rate.

        Raises:
            TrainingDiverged: the gradient is not finite, so that the step would ruin the student.
        """
        norm = nn.utils.clip_grad_norm_(self.parameters, self.settings.clip, foreach=True)
        if not bool(torch.isfinite(norm)):
            raise TrainingDiverged(
                f"training diverged at step {self.done + 1} of {self.steps}: the gradient is not finite; "
                f"try a learning rate below {self.peak:g}"
            )
        for group in self.optimiser.param_groups:
            group["lr"] = group["multiple"] * self.peak * rate_at(self.done, self.steps, self.settings.warmup)
        self.optimiser.step()
        self.done += 1

    def state(self) -> State:
        """The moments of the gradients, and how far the stage is."""
        arrays = {
            f"{key}{_OF}{name}": array_of(moment)
            for name, parameter in self.named.items()
            for key, moment in self.optimiser.state.get(parameter, {}).items()
        }
        return State(arrays, {"steps": self.steps, "done": self.done, "peak": self.peak})

    def restore(self, state: State) -> None:
        """Go on from there."""
        self.done = state.values["done"]
        for key, array in state.arrays.items():
            kind, _, name = key.partition(_OF)
            parameter = self.named[name]
            self.optimiser.state[parameter][kind] = torch.tensor(array, device=parameter.device)


def array_of(tensor: torch.Tensor) -> NDArray[np.generic]:
    """A copy that later steps don't change."""
    return np.array(tensor.detach().cpu().numpy())


def _groups(network: PreTrainedModel, decay: float, head_rate: float) -> list[dict[str, object]]:
    """Weights of layers decay; biases, norms (one dimension) and embeddings don't. The head has a rate of its own."""
    tables = {id(module.weight) for module in network.modules() if isinstance(module, nn.Embedding)}
    encoder = {id(parameter) for parameter in network.base_model.parameters()}
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in network.parameters():
        if parameter.requires_grad:
            decays = parameter.dim() > 1 and id(parameter) not in tables
            kind = (decay if decays else 0.0, 1.0 if id(parameter) in encoder else head_rate)
            groups.setdefault(kind, []).append(parameter)
    return [{"params": found, "weight_decay": rate, "multiple": multiple} for (rate, multiple), found in groups.items()]

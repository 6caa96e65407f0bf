"""Where a student computes, and in which precision it learns there."""

from __future__ import annotations

import torch

from vermeil.errors import SettingsError


def device_named(name: str) -> torch.device:
    """The device of that name; "auto" is a GPU where there is one.

    Raises:
        SettingsError: torch knows no such device, or it isn't there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise SettingsError(f"the device {name!r} cannot be used ({reason}); try auto or cpu") from None
    return device


def computes_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is native there: processors without it emulate it, slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    abilities = torch.cpu.get_capabilities()
    return bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16"))

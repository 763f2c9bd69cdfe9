#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports small source separators as TorchScript, to test the `torchscript` source of stems.

separator.pt        a fixed split by moving averages; its outputs drums, bass, other, vocals sum to the mix
wrong_shape.pt      gives one source too few
traced_single.pt    the same split, traced for one clip only: a batch of several is refused

Run with any PyTorch: python3 make_separator.py DIRECTORY. Exported with 1.13, readable by all later versions.
"""
import sys
from pathlib import Path

import torch


class Split(torch.nn.Module):
    """[clips, channels, samples] -> [clips, 4, channels, samples]: what passes a short and a long moving average."""

    def forward(self, mix: torch.Tensor) -> torch.Tensor:
        short = torch.nn.functional.avg_pool1d(mix, 9, 1, 4, False, False)
        long = torch.nn.functional.avg_pool1d(mix, 101, 1, 50, False, False)
        drums = mix - short
        middle = short - long
        return torch.stack([drums, long, 0.25 * middle, 0.75 * middle], 1)


class TooFew(torch.nn.Module):
    def forward(self, mix: torch.Tensor) -> torch.Tensor:
        return torch.stack([mix, mix, mix], 1)


class Single(torch.nn.Module):
    """Drops the clips' dimension, as separators do that were written for one clip."""

    def __init__(self) -> None:
        super().__init__()
        self.split = Split()

    def forward(self, mix: torch.Tensor) -> torch.Tensor:
        return self.split(mix.squeeze(0).unsqueeze(0))


def main() -> None:
    directory = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    torch.jit.script(Split()).save(str(directory / "separator.pt"))
    torch.jit.script(TooFew()).save(str(directory / "wrong_shape.pt"))
    torch.jit.trace(Single(), torch.zeros(1, 2, 1000)).save(str(directory / "traced_single.pt"))


if __name__ == "__main__":
    main()

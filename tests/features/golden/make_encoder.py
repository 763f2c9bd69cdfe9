#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports small encoders as TorchScript, to test sets of features.sets that name an encoder.

encoder_dim.pt      [batch, samples] -> [batch, 3]: mean square, mean of absolute values, number of samples
encoder_layers.pt   -> [batch, 2 layers, 4 frames, 2]: mean and mean square of a quarter; the second layer is twice the first
encoder_single.pt   encoder_dim, which refuses a batch of several
encoder_pair.pt     gives a tuple

Run with any PyTorch: python3 make_encoder.py DIRECTORY.
"""
import sys
from pathlib import Path
from typing import Tuple

import torch


class Dim(torch.nn.Module):
    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        count = torch.full([sound.size(0)], float(sound.size(1)), device=sound.device)
        return torch.stack([sound.square().mean(1), sound.abs().mean(1), count], 1)


class Layers(torch.nn.Module):
    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        frame = sound.size(1) // 4
        frames = sound[:, : frame * 4].reshape(sound.size(0), 4, frame)
        first = torch.stack([frames.mean(2), frames.square().mean(2)], 2)
        return torch.stack([first, 2.0 * first], 1)


class Single(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = Dim()

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        assert sound.size(0) == 1, "one clip at a time"
        return self.encoder(sound)


class Pair(torch.nn.Module):
    def forward(self, sound: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        return sound, sound


def main() -> None:
    folder = Path(sys.argv[1])
    for name, module in (("dim", Dim()), ("layers", Layers()), ("single", Single()), ("pair", Pair())):
        torch.jit.script(module).save(folder / f"encoder_{name}.pt")


if __name__ == "__main__":
    main()

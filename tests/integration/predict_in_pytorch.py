#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The score that PyTorch gives a clip, from a checkpoint that the program exported and the log-mel that it extracted.

Usage: predict_in_pytorch.py CHECKPOINT.pth FBANK.h5

The model is the re-implementation of tests/models/golden. Exits 77 where torch or h5py is not installed.
"""
import pathlib
import sys

try:
    import h5py
    import torch
except ImportError as missing:
    print(missing)
    sys.exit(77)
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "models/golden"))
from make_ssast_golden import SIZES, Ssast  # noqa: E402

SEGMENT, HOP, SEGMENTS = 98, 50, 9  # frames of one-second segments


def model_of(state):
    width, tokens = state["v.cls_token"].shape[2], state["v.pos_embed"].shape[1] - 2
    patches = "patch" if state["v.patch_embed.proj.weight"].shape[2:] == (16, 16) else "frame"
    frames = 10 * (tokens // 12 - 1) + 16 if patches == "patch" else tokens + 1
    size = next(name for name, shape in SIZES.items() if shape[0] == width)
    head = "paper" if "mlp_head.6.weight" in state else "plain"
    model = Ssast(size, frames, head=head, patches=patches)
    model.load_state_dict(state)
    return model.eval(), frames


def read_fbank(path):
    with h5py.File(path) as file:
        (clip,) = file.values()
        return torch.from_numpy(clip["fbank"][:])


def score(model, fbank, frames, by_segment, mean=-4.2677393, deviation=4.5689974):
    """The mean over the one-second segments of a clip, or the score of its first frames; AudioSet's normalisation."""
    pieces = [fbank[i * HOP:i * HOP + SEGMENT] for i in range(SEGMENTS)] if by_segment else [fbank]
    x = torch.zeros(len(pieces), frames, 128)
    for row, piece in zip(x, pieces):
        row[:min(frames, len(piece))] = piece[:frames]
    with torch.no_grad():
        return model((x - mean) / (2 * deviation)).double().mean().item()


def main():
    checkpoint = torch.load(sys.argv[1], map_location="cpu", weights_only=True)
    state = checkpoint.get("model", checkpoint)
    model, frames = model_of({name[len("module."):] if name.startswith("module.") else name: tensor
                              for name, tensor in state.items()})
    print(f"{score(model, read_fbank(sys.argv[2]), frames, frames <= 100):.9f}")


if __name__ == "__main__":
    main()

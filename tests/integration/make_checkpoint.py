#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a fine-tuned nano SSAST as other programs do, and prints the score that PyTorch gives a clip with it.

The model is the re-implementation of tests/models/golden, with weights of its formula. Exits 77 where torch or h5py is
not installed.
"""
import argparse
import json
import pathlib
import struct
import sys

try:
    import h5py  # noqa: F401
    import torch
except ImportError as missing:
    print(missing)
    sys.exit(77)
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "models/golden"))
from make_ssast_golden import Ssast, fill  # noqa: E402
from predict_in_pytorch import read_fbank, score  # noqa: E402


def write_safetensors(path, state):
    """By hand: the library is no Debian package."""
    header, body = {}, b""
    for name, tensor in state.items():
        data = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def lightning(state, model):
    """What a Trainer's checkpoint holds beside the model."""
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.zeros(1, model.frames, 128)).sum().backward()
    optimizer.step()
    return {"epoch": 3, "global_step": 12, "pytorch-lightning_version": "1.9.5", "state_dict": state,
            "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 3}}}},
            "callbacks": {"ModelCheckpoint{'monitor': 'val_loss', 'mode': 'min'}":
                          {"best_model_score": torch.tensor(0.25), "best_k_models": {"a.ckpt": torch.tensor(0.25)}}},
            "optimizer_states": [optimizer.state_dict()],
            "lr_schedulers": [{"base_lrs": [1e-4], "_step_count": 4, "verbose": False}],
            "hparams_name": "kwargs", "hyper_parameters": {"lr": 1e-4, "fstride": 10, "sizes": [1, 2], "head": None}}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("fbank")
    parser.add_argument("--stride", type=int, default=10)
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--pooling", default="avgtok")
    parser.add_argument("--patches", default="patch")
    parser.add_argument("--prefix", default="")
    parser.add_argument("--form", default="plain", choices=["plain", "model", "lightning", "safetensors"])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    model = Ssast("nano", given.frames, given.pooling, patches=given.patches, stride=given.stride)
    model.frames = given.frames
    fill(model, given.seed)
    print(f"{score(model.eval(), read_fbank(given.fbank), given.frames, given.frames <= 100):.9f}")
    state = {given.prefix + name: tensor.clone() for name, tensor in model.state_dict().items()}
    if given.form == "safetensors":
        write_safetensors(given.output, state)
    elif given.form == "lightning":
        torch.save(lightning(state | {"criterion.weight": torch.ones(2)}, model), given.output)
    else:
        torch.save({"model": state, "epoch": 3} if given.form == "model" else state, given.output)


if __name__ == "__main__":
    main()

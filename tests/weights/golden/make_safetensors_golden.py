#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the small files of the safetensors library beside this script that the tests of weights/ read.

Needs torch and safetensors (pip). `--check PROGRAM [ROUNDS]` holds the program against the library instead: files with
random changes must be read by both or refused by both.
"""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(HERE, name)


def write():
    types = {name: torch.tensor([1.0, 0.0, 1.5, 3.0]).to(getattr(torch, name))
             for name in ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")}
    save_file(types, path("types.safetensors"))
    save_file({"w": torch.arange(6, dtype=torch.float32).reshape(2, 3), "b": torch.tensor([0.5, -0.5]),
               "scalar": torch.tensor(7.0), "empty": torch.zeros(0, 4)},
              path("metadata.safetensors"), metadata={"format": "pt", "pooling": "cls"})


def changed(whole, rng):
    """Another header of the same tensors, or other bytes."""
    size = struct.unpack("<Q", whole[:8])[0]
    header, body = json.loads(whole[8:8 + size]), whole[8 + size:]
    names = [name for name in header if name != "__metadata__"]
    entry = header[rng.choice(names)]
    kind = rng.randrange(9)
    if kind == 0:
        entry["data_offsets"][rng.randrange(2)] += rng.choice([-8, -1, 1, 4, 2**40])
    elif kind == 1:
        entry["shape"] = rng.choice([[], [0], [4, 1], [2**62, 4], [2**63, 4], [-1], [4.0], "4", [2**32, 2**32, 0]])
    elif kind == 2:
        entry["dtype"] = rng.choice(["F32", "F64", "U16", "f32", "X", 4, None])
    elif kind == 3:
        del entry[rng.choice(list(entry))]
    elif kind == 4:
        header["extra"] = rng.choice([{}, 1, None, dict(entry), {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}])
    elif kind == 5:
        header["__metadata__"] = rng.choice([{}, {"a": "b"}, {"a": 1}, [], "text", {"a": {"b": "c"}}])
    elif kind == 6:
        body = rng.choice([body[:-1], body + b"\0", b"", body[4:]])
    text = json.dumps(header).encode()
    if kind == 7:
        text = rng.choice([text + b"   ", b" " + text, text[:-1], text + b"x", text[:9], text.replace(b"shape", b"dtype")])
    length = len(text) if kind != 8 else rng.choice([0, 1, len(text) - 1, len(text) + 1, 2**63, 2**64 - 1])
    return struct.pack("<Q", length) + text + body


def library_reads(name):
    try:
        with safe_open(name, "pt") as file:
            return len([file.get_tensor(key) for key in file.keys()]) > 0
    except (SafetensorError, ValueError, OverflowError, AttributeError, KeyError, TypeError):
        return False


def check(program, rounds):
    rng = random.Random(1)
    whole = [open(path(name), "rb").read() for name in ("types.safetensors", "metadata.safetensors")]
    with tempfile.TemporaryDirectory() as directory:
        name = os.path.join(directory, "changed.safetensors")
        read = 0
        for i in range(rounds):
            with open(name, "wb") as file:
                file.write(changed(rng.choice(whole), rng))
            ours = subprocess.run([program, "inspect", name], capture_output=True, text=True)
            assert ours.returncode in (0, 1), ours
            if (ours.returncode == 0) != library_reads(name):
                kept = os.path.join(tempfile.gettempdir(), f"differs-{i}.safetensors")
                os.rename(name, kept)
                sys.exit(f"{kept}: the library reads it: {library_reads(kept)}; the program: {ours.returncode} {ours.stderr}")
            read += ours.returncode == 0
    print(f"{rounds} files, {read} of them read by both, the others refused by both")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100)
    else:
        write()

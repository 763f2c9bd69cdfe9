#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the small PyTorch checkpoints beside this script that the tests of weights/ read (Debian's python3-torch)."""
import argparse
import collections
import os
import zipfile

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def path(name):
    return os.path.join(HERE, name)


def weights():
    """w: 0, 1, ... 5 as [2, 3]; b: 0.5, -0.5."""
    return collections.OrderedDict(w=torch.arange(6, dtype=torch.float32).reshape(2, 3),
                                   b=torch.tensor([0.5, -0.5]))


def rewrite(source, target, change, compression=zipfile.ZIP_STORED):
    """Copies an archive with change(name, bytes) applied to each record; None leaves it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            data = change(item.filename.split("/", 1)[1], old.read(item))
            if data is not None:
                new.writestr(zipfile.ZipInfo(item.filename), data, compression, 9)


def good():
    torch.save(weights(), path("ordered.pth"))
    torch.save(dict(weights()), path("plain_dict.pth"))
    torch.save(weights(), path("protocol_4.pth"), pickle_protocol=4)
    torch.save({"model": weights(), "epoch": 7, "loss": 0.25, "note": "fine-tuned", "optimizer": {"state": {}}},
               path("under_model.pth"))
    torch.save({"state_dict": collections.OrderedDict(("module." + k, v) for k, v in weights().items())},
               path("under_state_dict.pth"))
    torch.save(collections.OrderedDict((k, torch.nn.Parameter(v)) for k, v in weights().items()),
               path("parameters.pth"))
    torch.save(torch.nn.Linear(3, 2).state_dict(), path("with_metadata.pth"))
    for name in ("float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"):
        values = torch.tensor([1.0, 0.0, 1.5, 3.0]).to(getattr(torch, name))
        torch.save({"x": values}, path(f"type_{name}.pth"))
    flat = torch.arange(12, dtype=torch.float32)
    torch.save({"first": flat[:6].reshape(2, 3), "second": flat[4:], "transposed": flat.reshape(3, 4).t(),
                "every_third": flat[::3], "repeated": flat[3:4].expand(2, 2), "empty": flat[:0],
                "scalar": torch.tensor(7.0)}, path("views.pth"))
    torch.save({"w": torch.ones(2), "mean": np.float64(0.125), "count": np.int64(3), "steps": 5, "rate": 1e-4},
               path("numbers.pth"))
    nested()
    container()
    rewrite(path("ordered.pth"), path("deflated.pth"), lambda name, data: data, zipfile.ZIP_DEFLATED)
    rewrite(path("ordered.pth"), path("cuda.pth"),
            lambda name, data: data.replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:0") if name == "data.pkl" else data)


def nested():
    torch.save({"mean": torch.zeros(2), "model": weights(), "model_state_dict": {}}, path("model_beside_tensor.pth"))
    torch.save({"model": torch.tensor([0.5, -0.5]), "state_dict": {}}, path("named_model.pth"))


def container():
    """Plain records in the container of PyTorch's own writer (1.13)."""
    with open(path("container.zip"), "wb") as file:
        writer = torch._C.PyTorchFileWriter(file)
        for name, data in (("data.pkl", b"pickle"), ("data/0", bytes(range(100))), ("data/1", b"")):
            writer.write_record(name, data, len(data))
        writer.write_end_of_file()


def bombs():
    """Small files with a record that would become large."""
    for record, name in (("data/0", "bad_bomb.pth"), ("data.pkl", "bad_pickle_bomb.pth"),
                         ("version", "bad_version_bomb.pth")):
        rewrite(path("ordered.pth"), path(name), lambda found, data: bytes(20_000_000) if found == record else data,
                zipfile.ZIP_DEFLATED)


def bad():
    bombs()
    torch.save(weights(), path("bad_legacy.pth"), _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(torch.nn.Linear(3, 2)), path("bad_torchscript.pth"))
    torch.save({"model": weights(), "args": argparse.Namespace(lr=1)}, path("bad_class.pth"))
    torch.save(torch.nn.Linear(3, 2), path("bad_module.pth"))
    torch.save([1, 2, 3], path("bad_list.pth"))
    torch.save({"epoch": 3}, path("bad_no_tensors.pth"))
    rewrite(path("ordered.pth"), path("bad_no_pickle.pth"),
            lambda name, data: None if name == "data.pkl" else data)
    rewrite(path("ordered.pth"), path("bad_no_record.pth"), lambda name, data: None if name == "data/0" else data)
    rewrite(path("ordered.pth"), path("bad_short_record.pth"),
            lambda name, data: data[:8] if name == "data/0" else data)
    # Six elements become sixty thousand, in the storage and in the shape [2, 3] -> [2, 30000].
    huge = lambda data: data.replace(b"K\x06t", b"M\x60\xeat").replace(b"K\x02K\x03\x86", b"K\x02M\x30\x75\x86")
    rewrite(path("ordered.pth"), path("bad_beyond_archive.pth"),
            lambda name, data: huge(data) if name == "data.pkl" else data)
    with zipfile.ZipFile(path("bad_other_zip.pth"), "w") as archive:
        archive.writestr("readme.txt", "no checkpoint")
    whole = open(path("ordered.pth"), "rb").read()
    open(path("bad_truncated.pth"), "wb").write(whole[:len(whole) // 2])


if __name__ == "__main__":
    good()
    bad()
    for name in sorted(os.listdir(HERE)):
        print(name, os.path.getsize(path(name)))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes arrays.h5: numpy's files of one array in every form that is read, and of some that are refused.

value: the array [3, 4], float64. good/<form>: bytes of the .npy file of it (f2, f4, f8 hold what the form can).
bad/<form>: bytes of files that are no such array.

Usage: make_npy_golden.py   (needs numpy, h5py; writes beside itself)
"""
import io
import pathlib

import h5py
import numpy as np


def npy(array, version=None):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asanyarray(array), version=version)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8)


def main():
    # Halves hold all of them exactly: among them zeros, a subnormal half, the largest and the infinities.
    value = np.array([[0.0, -0.0, 1.5, -2.25], [6e-8, 65504.0, -65504.0, 0.333251953125],
                      [np.inf, -np.inf, 6.103515625e-05, 1024.0]])
    value[1, 0] = np.float64(np.float16(6e-8))
    records = np.zeros(3, dtype=[("a", "f4"), ("b", "f4")])
    with h5py.File(pathlib.Path(__file__).with_name("arrays.h5"), "w") as file:
        file["value"] = value
        for kind in ("f2", "f4", "f8"):
            file[f"good/little_{kind}"] = npy(value.astype(f"<{kind}"))
            file[f"good/big_{kind}"] = npy(value.astype(f">{kind}"))
        file["good/fortran"] = npy(np.asfortranarray(value))
        file["good/version_2"] = npy(value, (2, 0))
        file["good/version_3"] = npy(value, (3, 0))
        file["bad/objects"] = npy(np.array([{"a": 1}], dtype=object))
        file["bad/records"] = npy(records)
        file["bad/complex"] = npy(value.astype("c16"))
        file["bad/whole"] = npy(np.arange(4))
        file["bad/cut"] = npy(value)[:-3]
        file["bad/longer"] = np.append(npy(value), np.uint8(0))
        file["bad/cut_header"] = npy(value)[:20]
        file["bad/text"] = np.frombuffer(b"0.5,0.25\n", dtype=np.uint8)


if __name__ == "__main__":
    main()

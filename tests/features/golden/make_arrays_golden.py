#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes arrays/: one set of embeddings of three tracks in every form that is read, and rows.h5: what numpy makes of them.

x [3 tracks, 4 layers, 5 frames, 6]. arrays/datasets.h5, arrays/folder/*.npy (b as .npz), arrays/packed.h5
(embeddings, tracks): a, b, c as [layers, time, dim], all with 2_semitones beside.
arrays/mean.csv: the mean of layer 1 over time. rows.h5: rows [3, columns] by reading: layer1_mean, last_mean_std,
layers02_max, mean_mean; segments [15, 6] of layer 3.

Usage: make_arrays_golden.py   (needs numpy, h5py; writes beside itself)
"""
import pathlib

import h5py
import numpy as np

TRACKS = ["a", "b", "album/c"]


def main():
    here = pathlib.Path(__file__).parent
    folder = here / "arrays"
    x = np.random.default_rng(20261130).normal(size=(3, 4, 5, 6)).astype("f4")
    shifted = x + np.float32(1.0)
    (folder / "folder/2_semitones/album").mkdir(parents=True, exist_ok=True)
    (folder / "folder/album").mkdir(parents=True, exist_ok=True)
    with h5py.File(folder / "datasets.h5", "w") as file:
        for i, track in enumerate(TRACKS):
            file[track] = x[i]
            file[f"2_semitones/{track}"] = shifted[i]
            if track == "b":
                np.savez(folder / "folder/b.npz", embedding=x[i])
            else:
                np.save(folder / f"folder/{track}.npy", x[i])
            np.save(folder / f"folder/2_semitones/{track}.npy", shifted[i])
    with h5py.File(folder / "packed.h5", "w") as file:
        file["embeddings"] = x[::-1]
        file["tracks"] = TRACKS[::-1]
        file["2_semitones/embeddings"] = shifted
        file["2_semitones/tracks"] = TRACKS
    with open(folder / "mean.csv", "w") as file:
        file.write("track," + ",".join(f"e{d}" for d in range(6)) + "\n")
        for i, track in enumerate(TRACKS):
            file.write(f"{track}.wav," + ",".join(repr(float(v)) for v in x[i, 1].astype("f8").mean(axis=0)) + "\n")
    x = x.astype("f8")
    with h5py.File(here / "rows.h5", "w") as file:
        file["layer1_mean"] = x[:, 1].mean(axis=1)
        file["last_mean_std"] = np.concatenate([x[:, -1].mean(axis=1), x[:, -1].std(axis=1)], axis=1)
        file["layers02_max"] = np.concatenate([x[:, 0].max(axis=1), x[:, 2].max(axis=1)], axis=1)
        file["mean_mean"] = x.mean(axis=1).mean(axis=1)
        file["segments"] = x[:, 3].reshape(15, 6)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shap package on a trained svr or mlp of a run: its time, its own sampling error, and how far our values are.

Usage: compare_shap.py RUN MODEL DATA.csv [CLIPS]
  RUN       a run directory with the model; DATA.csv: `musicmem export RUN`
  CLIPS     clips of fold 0 to explain (default 2)

Needs numpy, scikit-learn, shap, h5py, and shap_bench in build/release/bin.
"""
import csv
import pathlib
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
import shap


def predictor(weights):
    """The model as scikit-learn and PyTorch would predict it: vectorised numpy on all rows at once."""
    if "slope" in weights["float64"]:
        slope = weights["float64/slope"][:]
        return lambda x: x @ slope + weights.attrs["intercept"]
    if "support_vectors" in weights["float64"]:
        from sklearn.svm import SVR
        vectors = weights["float64/support_vectors"][:]
        coefficients = weights["float64/coefficients"][:]
        # A fitted SVR of the same vectors: predict is then LIBSVM's own.
        svr = SVR(gamma=float(weights.attrs["gamma"])).fit(vectors, np.linspace(0, 1, len(vectors)))
        svr.support_vectors_, svr._dual_coef_, svr.dual_coef_ = vectors, coefficients[None], coefficients[None]
        svr.support_ = np.arange(len(vectors), dtype=np.int32)
        svr._n_support = np.array([len(vectors), 0], dtype=np.int32)
        svr._intercept_ = svr.intercept_ = np.array([float(weights.attrs["intercept"])])
        svr._gamma = float(weights.attrs["gamma"])
        return svr.predict
    layers = [(weights[f"float32/layer_{i}.weight"][:].astype(float), weights[f"float32/layer_{i}.bias"][:].astype(float))
              for i in range(int(weights.attrs["layers"]))]

    def predict(x):
        for i, (weight, bias) in enumerate(layers):
            x = x @ weight.T + bias
            if i + 1 < len(layers):
                x = np.maximum(x, 0.0)
        return x[:, 0] + weights.attrs["label_offset"]

    return predict


def write(path, columns, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def main():
    run, model, table = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    clips = int(sys.argv[4]) if len(sys.argv) > 4 else 2
    fit = sorted((run / "folds" / model / "vanilla").glob("seed-*/fold-0"))[0]
    with open(fit / "predictions.csv") as file:
        tested = [row["track"].rsplit(".", 1)[0][-11:] for row in csv.DictReader(file)]
    with open(table) as file:
        data = [row for row in csv.DictReader(file) if row["augment_type"] == "original"]
    columns = [name for name in data[0] if name not in ("YT_id", "segment_idx", "augment_type", "label")]
    values = np.array([[float(row[name]) for name in columns] for row in data])
    is_tested = np.array([row["YT_id"] in tested for row in data])
    explained = values[is_tested][:9 * clips]
    rng = np.random.default_rng(0)
    background = values[~is_tested][rng.choice((~is_tested).sum(), 10, replace=False)]

    with h5py.File(fit / "weights.h5") as weights, tempfile.TemporaryDirectory() as directory:
        mean, scale = weights["float64/normalisation.mean"][:], weights["float64/normalisation.scale"][:]
        predict = predictor(weights)
        theirs, seconds = [], []
        for seed in range(2):
            np.random.seed(seed)
            explainer = shap.KernelExplainer(predict, (background - mean) / scale)
            start = time.time()
            theirs.append(explainer.shap_values((explained - mean) / scale, silent=True, l1_reg=False))
            seconds.append(time.time() - start)
        files = [str(pathlib.Path(directory) / name) for name in ("rows.csv", "background.csv", "output.csv")]
        write(files[0], columns, explained)
        write(files[1], columns, background)
        # Timed on as many rows as a fold has; values compared on those that the package explained.
        print("ours:", subprocess.run(["build/release/bin/shap_bench", str(fit / "weights.h5"), *files],
                                      check=True, capture_output=True, text=True).stdout.strip())
        with open(files[2]) as file:
            ours = np.array([[float(v) for v in row] for row in list(csv.reader(file))[1:]])
    rms = lambda x: float(np.sqrt(np.mean(np.square(x))))
    print(f"shap: {len(explained)} rows, {1000 * min(seconds) / len(explained):.1f} ms per row (best of two)")
    print(f"RMS value {rms(theirs[0]):.5f}; between two seeds of the package {rms(theirs[0] - theirs[1]):.6f}; "
          f"ours from the package's {rms(ours - theirs[0]):.6f}")


if __name__ == "__main__":
    main()

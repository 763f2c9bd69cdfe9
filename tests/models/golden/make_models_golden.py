#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes models_golden.h5: what scikit-learn, scipy and numpy say about the same data.

Usage: make_models_golden.py   (needs numpy, scipy, scikit-learn, h5py; writes beside itself)
"""
import pathlib

import h5py
import numpy as np
from scipy import stats
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR


def diabetes():
    """Out-of-fold SVR predictions of the diabetes data, one row per 'track'."""
    x, y = load_diabetes(return_X_y=True, scaled=False)
    y = y / 400.0
    prediction = np.empty_like(y)
    spearman = []
    for train, test in KFold(10).split(x):
        model = make_pipeline(StandardScaler(), SVR()).fit(x[train], y[train])
        prediction[test] = model.predict(x[test])
        spearman.append(stats.spearmanr(y[test], prediction[test]).statistic)
    return {"x": x, "y": y, "prediction": prediction, "spearman": np.array(spearman)}


def segment_table():
    """Segments and pitch variants of random tracks, and SVR predictions of the original segments."""
    rng = np.random.default_rng(7)
    tracks, segments, semitones, columns, folds = 23, 3, (0, -2, 1), 6, 5
    center = rng.normal(size=(tracks, columns))
    score = np.round(np.clip(0.6 + 0.15 * center[:, 0] * center[:, 1] + 0.1 * center[:, 2], 0, 1), 4)
    rows = [(t, s + 1, p) for t in range(tracks) for p in semitones for s in range(segments)]
    track, segment, semitone = np.array(rows).T
    noise = rng.normal(size=(len(rows), columns))
    x = np.round(center[track] + 0.3 * noise + 0.05 * semitone[:, None], 4) * np.arange(1, columns + 1)
    result = {"x": x, "label": score, "track": track, "segment": segment, "semitones": semitone}
    for name, train_rows in (("vanilla", semitone == 0), ("augmented", np.full(len(rows), True))):
        prediction = np.full(len(rows), np.nan)
        for train, test in KFold(folds).split(np.arange(tracks)):
            fit = train_rows & np.isin(track, train)
            held_out = (semitone == 0) & np.isin(track, test)
            model = make_pipeline(StandardScaler(), SVR()).fit(x[fit], score[track[fit]])
            prediction[held_out] = model.predict(x[held_out])
        result[name] = prediction[semitone == 0]
    return result


def metrics():
    """Two series with ties."""
    rng = np.random.default_rng(11)
    label = np.round(rng.uniform(size=40), 1)
    prediction = np.round(label + rng.normal(scale=0.3, size=40), 1)
    return {
        "label": label,
        "prediction": prediction,
        "spearman": stats.spearmanr(label, prediction).statistic,
        "pearson": stats.pearsonr(label, prediction).statistic,
        "mse": np.mean((label - prediction) ** 2),
        "mae": np.mean(np.abs(label - prediction)),
    }


def lds():
    """Label distribution smoothing by numpy's own histogram and convolution."""
    label = np.concatenate([np.random.default_rng(5).beta(6, 3, size=60), [0.0, 0.05, 0.5, 0.999, 1.0]])
    bins = np.minimum((label * 20).astype(int), 19)
    kernel = np.exp(-0.5 * (np.arange(-2, 3) / 2.0) ** 2)
    smooth = np.convolve(np.bincount(bins, minlength=20), kernel, mode="same")
    weight = 1.0 / smooth[bins]
    return {"label": label, "weight": weight / weight.mean()}


def kfold():
    """Sizes of contiguous folds, a row (n, k, size of each of up to 10 folds)."""
    rows = []
    for n, k in ((235, 10), (10, 10), (7, 3), (12, 5), (2, 2)):
        sizes = [len(test) for _, test in KFold(k).split(np.arange(n))]
        rows.append([n, k] + sizes + [0] * (10 - k))
    return {"sizes": np.array(rows)}


def scaler():
    """Population z-score of columns of very different size, one constant and one constant up to rounding."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(17, 5)) * [1e-6, 1, 1e6, 0, 1] + [0, 5, -3e6, 0.1, 1000]
    x[:, 3] = 0.1
    fitted = StandardScaler().fit(x)
    return {"x": x, "mean": fitted.mean_, "scale": fitted.scale_}


def mlp():
    """A forward pass of three dense layers, float32 weights and float64 sums."""
    rng = np.random.default_rng(13)
    widths = (5, 7, 3, 1)
    x = rng.normal(size=(9, widths[0]))
    result, activation = {"x": x}, x
    for layer, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        weight = rng.normal(size=(outputs, inputs)).astype(np.float32)
        bias = rng.normal(size=outputs).astype(np.float32)
        activation = activation @ weight.T.astype(np.float64) + bias
        if outputs > 1:
            activation = np.maximum(activation, 0.0)
        result |= {f"weight_{layer}": weight, f"bias_{layer}": bias}
    return result | {"score": activation[:, 0] + 0.25}


def main():
    path = pathlib.Path(__file__).with_name("models_golden.h5")
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        for make in (diabetes, segment_table, metrics, lds, kfold, scaler, mlp):
            for name, values in make().items():
                values = np.atleast_1d(np.asarray(values, dtype=np.float64))
                file.create_dataset(f"{make.__name__}/{name}", data=values, compression="gzip", shuffle=True)


if __name__ == "__main__":
    main()

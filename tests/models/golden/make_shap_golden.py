#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes shap_golden.h5: kernel SHAP values of the shap package for small models, with all that defines them.

Ten features make 1022 coalitions, which the package takes whole: its values are exact.

Usage: make_shap_golden.py   (needs numpy, scikit-learn, shap, h5py; writes beside itself)
"""
import pathlib

import h5py
import numpy as np
import shap
from shap.utils._legacy import DenseData
from sklearn.datasets import load_diabetes
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR


def kernel_shap(predict, background, weights, rows):
    data = DenseData(background, [str(i) for i in range(background.shape[1])], None, weights)
    return shap.KernelExplainer(predict, data).shap_values(rows, nsamples=2068, silent=True, l1_reg=False)


def main():
    x, y = load_diabetes(return_X_y=True, scaled=False)
    x = StandardScaler().fit_transform(x)
    y = y / 400.0
    rows = x[200:206]
    background = x[[5, 50, 99, 120]]
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    svr = SVR().fit(x[:200], y[:200])
    linear = SVR(kernel="linear").fit(x[:200], y[:200])
    mlp = MLPRegressor(hidden_layer_sizes=(8, 5), max_iter=60, random_state=1).fit(x[:200], y[:200])
    values = {
        "rows": rows,
        "background/rows": background,
        "background/weights": weights,
        "svr/support_vectors": svr.support_vectors_,
        "svr/coefficients": svr.dual_coef_[0],
        "svr/intercept": svr.intercept_,
        "svr/gamma": [1.0 / (x.shape[1] * x[:200].var())],
        "svr/shap": kernel_shap(svr.predict, background, weights, rows),
        "svr/scores": svr.predict(rows),
        "linear/x": x[:200],
        "linear/y": y[:200],
        "linear/shap": kernel_shap(linear.predict, background, weights, rows),
        "linear/scores": linear.predict(rows),
        "mlp/shap": None,
    }
    # The network's weights are kept in single precision, as MusicMem keeps its own.
    for layer, (weight, bias) in enumerate(zip(mlp.coefs_, mlp.intercepts_)):
        mlp.coefs_[layer] = weight.astype(np.float32).astype(np.float64)
        mlp.intercepts_[layer] = bias.astype(np.float32).astype(np.float64)
        values[f"mlp/weight_{layer}"] = mlp.coefs_[layer].T
        values[f"mlp/bias_{layer}"] = mlp.intercepts_[layer]
    values["mlp/shap"] = kernel_shap(mlp.predict, background, weights, rows)
    with h5py.File(pathlib.Path(__file__).with_name("shap_golden.h5"), "w") as file:
        for name, value in values.items():
            file.create_dataset(name, data=np.asarray(value, dtype=np.float64), track_times=False)


if __name__ == "__main__":
    main()

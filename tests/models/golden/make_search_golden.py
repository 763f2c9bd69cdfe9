#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes search_golden.h5: nested cross-validation by scikit-learn on random rows, one a track (made with 1.9.1).

x [tracks, columns], y, group (a number a track). For svr (StandardScaler, SVR; C, gamma and epsilon) and ridge
(StandardScaler, PCA, Ridge; alpha and components), both over KFold(5) with KFold(4) inside and mean squared errors;
for grouped (as svr) over GroupKFold, the inner folds too: choice, the index of each outer fold's candidate in the
grid as it is written (last setting fastest); inner, the best inner score of each fold; prediction, out of fold.

Usage: make_search_golden.py   (needs numpy, scikit-learn, h5py; writes beside itself)
"""
import itertools
import pathlib

import h5py
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

GRIDS = {
    "svr": {"svr__C": [0.1, 1, 10], "svr__gamma": ["scale", 0.01, 0.3], "svr__epsilon": [0.1, 0.02]},
    "ridge": {"ridge__alpha": [0.1, 10, 1000], "pca__n_components": [2, 5]},
}


def pipeline(name):
    if name == "ridge":
        return make_pipeline(StandardScaler(), PCA(svd_solver="full"), Ridge())
    return make_pipeline(StandardScaler(), SVR())


def nested(name, x, y, groups):
    grid = GRIDS["svr" if name == "grouped" else name]
    settings = [dict(zip(grid, values)) for values in itertools.product(*grid.values())]
    cut = (lambda folds: GroupKFold(folds)) if name == "grouped" else (lambda folds: KFold(folds))
    choices, inner, prediction = [], [], np.zeros(len(y))
    for train, test in cut(5).split(x, y, groups):
        search = GridSearchCV(pipeline(name), grid, cv=cut(4), scoring="neg_mean_squared_error")
        search.fit(x[train], y[train], groups=groups[train])
        choices.append(settings.index(search.best_params_))
        inner.append(-search.best_score_)
        prediction[test] = search.predict(x[test])
    return choices, inner, prediction


def main():
    generator = np.random.default_rng(20261130)
    groups = np.repeat(np.arange(13), np.arange(1, 14))  # of different sizes: ties are broken by other rules
    tracks, columns = len(groups), 6
    x = generator.normal(size=(tracks, columns))
    y = 0.7 + 0.08 * np.sin(x[:, 0]) + 0.05 * x[:, 1] * x[:, 2] + 0.03 * generator.normal(size=tracks)
    with h5py.File(pathlib.Path(__file__).with_name("search_golden.h5"), "w") as file:
        file["x"], file["y"], file["group"] = x, y, groups.astype(float)
        for name in ("svr", "ridge", "grouped"):
            choices, inner, prediction = nested(name, x, y, groups)
            file[f"{name}/choice"] = np.array(choices, dtype=float)
            file[f"{name}/inner"] = np.array(inner)
            file[f"{name}/prediction"] = prediction


if __name__ == "__main__":
    main()

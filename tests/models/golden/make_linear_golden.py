#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes linear_golden.h5: scikit-learn's Ridge and PCA on the same random rows (made with 1.9.1).

tall, wide: x [rows, columns] (correlated columns, one of them constant), y, weights; new [4, columns]; ridge and
weighted: predictions of new with alpha 0.7, least: the same with alpha 0 (least squares of shortest slope, by
numpy.linalg.lstsq); variance, directions: of PCA(5, svd_solver="full"), up to signs; kept: components for 95 %;
pipeline, svr: predictions of StandardScaler, PCA(5, svd_solver="full"), and Ridge(0.7) or SVR(C=2, epsilon=0.05);
share: the same with PCA(0.9) and Ridge(0.7).

Usage: make_linear_golden.py   (needs numpy, scikit-learn, h5py; writes beside itself)
"""
import pathlib

import h5py
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR


def least_squares(x, y, new):
    mean = x.mean(axis=0)
    slope = np.linalg.lstsq(x - mean, y - y.mean(), rcond=None)[0]
    return (new - mean) @ slope + y.mean()


def main():
    generator = np.random.default_rng(20261130)
    with h5py.File(pathlib.Path(__file__).with_name("linear_golden.h5"), "w") as file:
        for name, rows, columns in (("tall", 60, 8), ("wide", 9, 20)):
            x = generator.normal(size=(rows, columns)) @ generator.normal(size=(columns, columns)) + 3.0
            x[:, 2] = 1.5
            new = generator.normal(size=(4, columns)) * 3.0
            y = x[:, 0] * 0.1 - x[:, 3] * 0.05 + generator.normal(size=rows) * 0.2
            weights = generator.uniform(0.2, 3.0, rows)
            weights /= weights.mean()
            group = file.create_group(name)
            group["x"], group["y"], group["weights"], group["new"] = x, y, weights, new
            group["ridge"] = Ridge(alpha=0.7).fit(x, y).predict(new)
            group["weighted"] = Ridge(alpha=0.7).fit(x, y, sample_weight=weights).predict(new)
            group["least"] = least_squares(x, y, new)
            pca = PCA(5, svd_solver="full").fit(x)
            group["variance"], group["directions"] = pca.explained_variance_, pca.components_
            group["kept"] = [float(PCA(0.95, svd_solver="full").fit(x).n_components_)]
            pipeline = make_pipeline(StandardScaler(), PCA(5, svd_solver="full"), Ridge(alpha=0.7)).fit(x, y)
            group["pipeline"] = pipeline.predict(new)
            svr = make_pipeline(StandardScaler(), PCA(5, svd_solver="full"), SVR(C=2, epsilon=0.05, tol=1e-9)).fit(x, y)
            group["svr"] = svr.predict(new)
            share = make_pipeline(StandardScaler(), PCA(0.9, svd_solver="full"), Ridge(alpha=0.7)).fit(x, y)
            group["share"] = share.predict(new)


if __name__ == "__main__":
    main()

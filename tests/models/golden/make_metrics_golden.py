#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes metrics_golden.h5: Kendall's tau, R2 and RMSE of scipy and scikit-learn, and paired bootstrap intervals by
the rules of models/statistics/bootstrap.h written out.

Usage: make_metrics_golden.py   (needs numpy, scipy, scikit-learn, h5py; writes beside itself)
"""
import pathlib

import h5py
import numpy as np
from scipy import stats
from sklearn.metrics import r2_score, root_mean_squared_error


class Mersenne64:
    """std::mt19937_64 ([rand.predef]), and musicmem::models::Generator::below on it."""

    def __init__(self, seed):
        self.words = [seed]
        for i in range(1, 312):
            last = self.words[-1]
            self.words.append((6364136223846793005 * (last ^ (last >> 62)) + i) % 2**64)
        self.next = 312

    def twist(self):
        for i in range(312):
            x = (self.words[i] & ~0x7FFFFFFF) | (self.words[(i + 1) % 312] & 0x7FFFFFFF)
            self.words[i] = self.words[(i + 156) % 312] ^ (x >> 1) ^ (0xB5026F5AA96619E9 if x & 1 else 0)
        self.next = 0

    def bits(self):
        if self.next == 312:
            self.twist()
        x = self.words[self.next]
        self.next += 1
        x ^= (x >> 29) & 0x5555555555555555
        x ^= (x << 17) & 0x71D67FFFEDA60000
        x ^= (x << 37) & 0xFFF7EEE000000000
        return (x ^ (x >> 43)) % 2**64

    def below(self, bound):
        limit = (2**64 - 1) // bound * bound
        number = self.bits()
        while number >= limit:
            number = self.bits()
        return number % bound


def spearman(x, y):
    if np.all(x == x[0]) or np.all(y == y[0]):
        return np.nan
    return np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1]


def mean_of_defined(values):
    defined = [value for value in values if not np.isnan(value)]
    return np.mean(defined) if defined else np.nan


def paired_bootstrap(labels, a, b, resamples, seed):
    """Interval of the difference of the seeds' mean correlations, resamples where it is undefined left out."""
    generator = Mersenne64(seed)
    differences = []
    for _ in range(resamples):
        drawn = [generator.below(len(labels)) for _ in labels]
        of = [mean_of_defined([spearman(labels[drawn], seed_list[drawn]) for seed_list in lists]) for lists in (a, b)]
        differences.append(of[0] - of[1])
    differences = np.array(differences)
    defined = differences[~np.isnan(differences)]
    return [*np.quantile(defined, [0.025, 0.975]), np.sum(np.isnan(differences))]


def metrics(label, prediction):
    return {"label": label, "prediction": prediction, "kendall": stats.kendalltau(label, prediction).statistic,
            "r2": r2_score(label, prediction), "rmse": root_mean_squared_error(label, prediction)}


def main():
    assert Mersenne64(5489).bits() == 14514284786278117030  # the engine's first number by default
    rng = np.random.default_rng(20261129)
    groups = {}
    label = rng.uniform(size=1000)
    groups["distinct"] = metrics(label, 0.4 * label + rng.normal(0.3, 0.2, size=1000))
    label = np.round(rng.uniform(size=300), 1)
    groups["ties"] = metrics(label, np.round(label + rng.normal(scale=0.3, size=300), 1))
    groups["opposed"] = metrics(np.array([0.1, 0.4, 0.4, 0.8]), np.array([0.9, 0.3, 0.2, 0.1]))
    labels = np.round(rng.uniform(size=40), 2)
    a = np.stack([labels + rng.normal(scale=s, size=40) for s in (0.2, 0.4)])
    b = np.round(labels + rng.normal(scale=0.6, size=(1, 40)), 1)
    groups["paired"] = {"labels": labels, "a": a, "b": b, "interval": paired_bootstrap(labels, a, b, 1000, 1)}
    labels = np.array([0.2, 0.2, 0.2, 0.9, 0.2])
    a = np.array([[0.1, 0.3, 0.3, 0.4, 0.3]])
    b = np.array([[0.5, 0.5, 0.4, 0.5, 0.6]])
    groups["undefined"] = {"labels": labels, "a": a, "b": b, "interval": paired_bootstrap(labels, a, b, 1000, 1)}
    with h5py.File(pathlib.Path(__file__).with_name("metrics_golden.h5"), "w") as file:
        for group, values in groups.items():
            for name, value in values.items():
                file.create_dataset(f"{group}/{name}", data=np.atleast_1d(np.asarray(value, dtype=np.float64)),
                                    track_times=False)


if __name__ == "__main__":
    main()

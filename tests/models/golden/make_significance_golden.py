#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes significance_golden.h5: what scipy says about the same paired differences and correlations.

Usage: make_significance_golden.py   (needs numpy, scipy, h5py; writes beside itself)
"""
import pathlib

import h5py
import numpy as np
from scipy import optimize, stats


def corrected_t_test(differences, test_to_train):
    """Nadeau and Bengio's test as scikit-learn's documentation writes it out, with scipy's distribution."""
    k = len(differences)
    error = np.sqrt(np.var(differences, ddof=1) * (1 / k + test_to_train))
    t = np.mean(differences) / error
    reach = stats.t.ppf(0.975, k - 1) * error
    mean = np.mean(differences)
    return [mean, t, 2 * stats.t.sf(abs(t), k - 1), mean - reach, mean + reach]


def bayesian_t_test(differences, rho, rope):
    """Below, within and above the region: equation 11 of Benavoli, Corani, Demsar and Zaffalon (2017)."""
    n = len(differences)
    scale = np.sqrt((1 / n + rho / (1 - rho)) * np.var(differences, ddof=1))
    posterior = stats.t(n - 1, loc=np.mean(differences), scale=scale)
    return [posterior.cdf(-rope), posterior.cdf(rope) - posterior.cdf(-rope), posterior.sf(rope)]


def detectable(df):
    """Standard errors of a difference that a two-sided test at 5 % finds with a power of 80 %."""
    critical = stats.t.ppf(0.975, df)
    # nct loses the far tail at one degree of freedom, where it is nothing beside the other.
    power = lambda nc: stats.nct.sf(critical, df, nc) + np.nan_to_num(stats.nct.cdf(-critical, df, nc))
    return optimize.brentq(lambda nc: power(nc) - 0.8, critical - 1.0, critical + 8.0, xtol=1e-13)


def partial_spearman(x, y, covariates):
    """Pearson's correlation of what the ranks of the covariates leave of the ranks of x and y."""
    design = np.column_stack([np.ones(len(x))] + [stats.rankdata(c) for c in covariates])
    rest = lambda values: values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    by_residuals = stats.pearsonr(rest(stats.rankdata(x)), rest(stats.rankdata(y))).statistic
    # The same from the inverse of the ranks' covariance, as pingouin takes it.
    ranks = np.vstack([stats.rankdata(v) for v in [x, y, *covariates]])
    inverse = np.linalg.pinv(np.cov(ranks), hermitian=True)
    by_inverse = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
    assert abs(by_inverse - by_residuals) < 1e-9
    return by_residuals


def holm(p):
    """By its definition: p_(i) is the largest of (m - j) p_(j) up to i, at most 1."""
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    for place, index in enumerate(order):
        adjusted[index] = min(1.0, max((len(p) - j) * p[order[j]] for j in range(place + 1)))
    return adjusted


def sign_flips(differences, resamples, seed):
    return stats.permutation_test((differences, np.zeros_like(differences)), lambda x, y: np.mean(x - y),
                                  permutation_type="samples", n_resamples=resamples,
                                  random_state=seed).pvalue


def main():
    rng = np.random.default_rng(20240611)
    folds = rng.normal(0.03, 0.08, 10)
    p = np.array([0.01, 0.04, 0.03, 0.005, 0.2, 0.04, 0.9])
    few = rng.normal(0.3, 1.0, 10)
    many = rng.normal(0.012, 0.1, 235)
    labels = np.round(rng.uniform(0.2, 1.0, 120), 2)
    prediction = 0.5 * labels + rng.normal(0.0, 0.15, 120)
    interval = stats.bootstrap((labels, np.round(prediction, 2)), lambda x, y: stats.spearmanr(x, y).statistic,
                               paired=True, vectorized=False, n_resamples=10000, method="percentile",
                               random_state=3).confidence_interval
    # Its own generator: what stands above stays as it is.
    more = np.random.default_rng(20260930)
    repeated = more.normal(0.025, 0.06, 30)
    covariates = np.round(more.normal(0.0, 1.0, (3, 120)), 1)
    covariates[0] += 4.0 * labels
    influenced = np.round(0.5 * labels + 0.1 * covariates[1] + more.normal(0.0, 0.1, 120), 2)
    degrees = [1, 2, 4, 9, 29, 99, 999]
    values = {
        "bayesian/ten": folds,
        "bayesian/thirty": repeated,
        "bayesian/rho": [0.1],
        "bayesian/ropes": [0.0, 0.02, 0.1],
        "bayesian/of_ten": [bayesian_t_test(folds, 0.1, rope) for rope in [0.0, 0.02, 0.1]],
        "bayesian/of_thirty": [bayesian_t_test(repeated, 0.1, rope) for rope in [0.0, 0.02, 0.1]],
        "detectable/degrees_of_freedom": degrees,
        "detectable/standard_errors": [detectable(df) for df in degrees],
        "partial/labels": labels,
        "partial/prediction": influenced,
        "partial/covariates": covariates,
        "partial/of_one": [partial_spearman(labels, influenced, covariates[:1])],
        "partial/of_three": [partial_spearman(labels, influenced, covariates)],
        "t_test/differences": folds,
        "t_test/test_to_train": [1 / 9],
        "t_test/result": corrected_t_test(folds, 1 / 9),
        "holm/p": p,
        "holm/adjusted": holm(p),
        "sign_flip/few": few,
        "sign_flip/few_p": [sign_flips(few, np.inf, 0)],
        "sign_flip/many": many,
        "sign_flip/many_p": [sign_flips(many, 1000000, 1)],
        "bootstrap/labels": labels,
        "bootstrap/prediction": np.round(prediction, 2),
        "bootstrap/interval": interval,
        "quantile/values": np.sort(few),
        "quantile/result": np.quantile(few, [0.0, 0.025, 0.4, 1.0]),
    }
    with h5py.File(pathlib.Path(__file__).with_name("significance_golden.h5"), "w") as file:
        for name, value in values.items():
            file.create_dataset(name, data=np.asarray(value, dtype=np.float64), track_times=False)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes group_folds_golden.h5: folds of random groups by scikit-learn (made with 1.9.1).

tracks, folds [cases]; then, of all cases one after the other: groups, classes, balanced (by GroupKFold), stratified (by
StratifiedGroupKFold). Groups are numbered by first appearance. Of groups of one size scikit-learn takes the last in the
order of their names first, so GroupKFold sees the numbers from the end.

Usage: make_group_folds_golden.py   (needs numpy, scikit-learn, h5py; writes beside itself)
"""
import pathlib

import h5py
import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold


def by_first_appearance(values):
    numbers = {}
    return np.array([numbers.setdefault(v, len(numbers)) for v in values])


def folds_of(splitter, classes, groups):
    fold_of = np.full(len(groups), -1)
    for fold, (_, test) in enumerate(splitter.split(np.zeros(len(groups)), classes, groups)):
        fold_of[test] = fold
    return fold_of


def main():
    generator = np.random.default_rng(20261130)
    columns = {name: [] for name in ("tracks", "folds", "groups", "classes", "balanced", "stratified")}
    for case in range(30):
        tracks = int(generator.integers(30, 200))
        groups = by_first_appearance(generator.zipf(1.6, tracks).clip(max=12 + case))
        folds = min(int(generator.integers(2, 8)), int(groups.max()) + 1)
        classes = generator.integers(0, int(generator.integers(2, 6)), tracks)
        columns["tracks"].append([tracks])
        columns["folds"].append([folds])
        columns["groups"].append(groups)
        columns["classes"].append(by_first_appearance(classes))
        columns["balanced"].append(folds_of(GroupKFold(folds), classes, groups.max() - groups))
        columns["stratified"].append(folds_of(StratifiedGroupKFold(folds), columns["classes"][-1], groups))
    with h5py.File(pathlib.Path(__file__).with_name("group_folds_golden.h5"), "w") as file:
        for name, parts in columns.items():
            file.create_dataset(name, data=np.concatenate(parts).astype("f8"), compression="gzip")


if __name__ == "__main__":
    main()

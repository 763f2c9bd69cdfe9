#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times a nested search of svr by MusicMem on two ranks and by scikit-learn's GridSearchCV(n_jobs=2), one after the
other, on a random table of the published study's size, and compares choices and predictions.

Usage: compare_search.py MUSICMEM DIRECTORY [ROWS]   (needs numpy and scikit-learn; DIRECTORY is made)
"""
import csv
import json
import pathlib
import subprocess
import sys
import time

import numpy as np
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

GRID = {"C": [0.1, 0.3, 1, 3, 10], "gamma": ["scale", 0.01, 0.03, 0.1]}
OUTER, INNER, COLUMNS = 10, 5, 35


def make_table(directory, rows):
    generator = np.random.default_rng()
    x = generator.normal(size=(rows, COLUMNS)) @ (np.eye(COLUMNS) + 0.2 * generator.normal(size=(COLUMNS, COLUMNS)))
    y = 0.75 + 0.03 * np.tanh(x[:, 0]) + 0.007 * x[:, 1] * x[:, 2] + 0.08 * generator.normal(size=rows)
    y = np.clip(y, 0, 1)
    with open(directory / "table.csv", "w", encoding="utf-8") as file:
        file.write("track,score," + ",".join(f"x{i}" for i in range(COLUMNS)) + "\n")
        for i in range(rows):
            file.write(f"t{i:06d},{float(y[i])!r}," + ",".join(repr(float(v)) for v in x[i]) + "\n")
    (directory / "study.yaml").write_text(
        "data: {table: table.csv}\n"
        f"cross_validation: {{folds: {OUTER}, shuffle: none, seeds: [1]}}\n"
        f"models:\n  - {{name: svr, search: {{C: {GRID['C']}, gamma: [scale, 0.01, 0.03, 0.1], inner_folds: {INNER}}}}}\n",
        encoding="utf-8")
    return x, y


def by_musicmem(program, directory):
    begin = time.perf_counter()
    subprocess.run(["mpirun", "-np", "2", program, "train", "study.yaml", "--run-dir", "run", "--quiet"], cwd=directory,
                   check=True)
    return time.perf_counter() - begin


def by_scikit_learn(x, y):
    grid = {f"svr__{name}": values for name, values in GRID.items()}
    begin = time.perf_counter()
    prediction, choices = np.zeros(len(y)), []
    for train, test in KFold(OUTER).split(x):
        search = GridSearchCV(make_pipeline(StandardScaler(), SVR()), grid, cv=KFold(INNER),
                              scoring="neg_mean_squared_error", n_jobs=2).fit(x[train], y[train])
        prediction[test] = search.predict(x[test])
        choices.append({name.removeprefix("svr__"): value for name, value in search.best_params_.items()})
    return time.perf_counter() - begin, prediction, choices


def compare(directory, prediction, choices):
    furthest = 0.0
    for fold, choice in enumerate(choices):
        fit = directory / f"run/folds/svr/vanilla/seed-none/fold-{fold}"
        chosen = json.loads((fit / "metrics.json").read_text(encoding="utf-8"))["chosen"]
        if chosen != choice:
            print(f"fold {fold}: chosen {chosen}, by scikit-learn {choice}")
        with open(fit / "predictions.csv", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                furthest = max(furthest, abs(float(row["prediction"]) - prediction[int(row["track"][1:])]))
    print(f"largest difference of a prediction: {furthest:.2g}")


def main():
    directory = pathlib.Path(sys.argv[2])
    directory.mkdir(parents=True)
    x, y = make_table(directory, int(sys.argv[3]) if len(sys.argv) > 3 else 2115)
    ours = by_musicmem(pathlib.Path(sys.argv[1]).resolve(), directory)
    theirs, prediction, choices = by_scikit_learn(x, y)
    print(f"MusicMem {ours:.1f} s, scikit-learn {theirs:.1f} s: {theirs / ours:.1f} times as long")
    compare(directory, prediction, choices)


if __name__ == "__main__":
    main()

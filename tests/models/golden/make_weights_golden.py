# SPDX-License-Identifier: GPL-3.0-or-later
"""Support vector regression with weighted rows, as scikit-learn fits it with sample_weight: weights_golden.h5.

    python3 make_weights_golden.py [SEED]     (numpy, h5py, scikit-learn; 20 by default)

A seed other than the default writes another data set to hold the program against; the committed file has the default's.
Weights are scaled to mean 1, as the program scales them, so that C keeps its meaning.
"""
import sys
from pathlib import Path

import h5py
import numpy as np
from sklearn.svm import SVR

seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20
rng = np.random.default_rng(seed)
rows, columns = 120, 5
x = rng.normal(size=(rows, columns))
y = 0.5 + 0.2 * np.sin(x[:, 0]) + 0.1 * x[:, 1] * x[:, 2] + rng.normal(0, 0.1, rows)
answers = rng.integers(3, 90, rows).astype(float)
weights = answers / answers.mean()
new = rng.normal(size=(30, columns))

with h5py.File(Path(__file__).with_name("weights_golden.h5"), "w") as file:
    file["x"], file["y"], file["answers"], file["new"] = x, y, answers, new
    for kernel in ("rbf", "linear"):
        for name, settings in {
            "usual": {},
            "hard": {"C": 20.0, "epsilon": 0.01},
            "no_tube": {"epsilon": 0.0},
            "small": {"C": 0.05},
        }.items():
            model = SVR(kernel=kernel, **settings).fit(x, y, sample_weight=weights)
            group = file.create_group(f"{kernel}/{name}")
            group["C"], group["epsilon"] = [float(model.C)], [float(model.epsilon)]
            group["predictions"] = model.predict(new)

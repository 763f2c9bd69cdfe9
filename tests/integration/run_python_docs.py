#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the Python blocks of docs/python.md in order, in the working directory, and holds what they compute against the run.

Usage: run_python_docs.py python.md | --modules (which only looks for them)

Exits 77 where a module is missing, 1 with a line for each number that is not the report's. Without matplotlib, which takes
long to install, blocks that import it are left out.
"""
import importlib.util
import math
import pathlib
import re
import sys

# Sums in another order: a few units of the last of sixteen digits, and as much again in a root.
TOLERANCE = 1e-9


def main():
    missing = [name for name in ("pandas", "h5py") if not importlib.util.find_spec(name)]
    can_draw = importlib.util.find_spec("matplotlib") is not None
    if missing:
        print(f"Python lacks {', '.join(missing)}")
        return 77
    if sys.argv[1] == "--modules":
        return 0
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    names = {}
    for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if "import matplotlib" in block.group(1) and not can_draw:
            print("Python lacks matplotlib: no figure")
            continue
        line = text.count("\n", 0, block.start()) + 1
        exec(compile("\n" * line + block.group(1), sys.argv[1], "exec"), names)  # errors then name the line of the page

    faults = []

    def equal(what, ours, theirs, tolerance=TOLERANCE):
        if math.isnan(ours) != math.isnan(theirs) or abs(ours - theirs) > tolerance:
            faults.append(f"{what}: {ours!r} here, {theirs!r} in the run")

    summary = names["summary"]
    for key, row in summary.iterrows():
        equal(f"pooled Spearman of {key}", names["pooled"].get(key, math.nan), row["pooled_spearman"])
        for metric in ("spearman", "mse", "mae"):
            for statistic in ("mean", "std"):
                equal(f"{statistic} of {metric} of {key}", names["over_folds"].loc[key, (metric, statistic)],
                      row[f"{metric}_{statistic}"])
    # Kernel SHAP is solved by least squares, with the sum as a constraint.
    equal("what SHAP values lack of predictions", names["gap"], 0.0, 1e-6)
    counts = {"models": len(summary), "fits": len(names["fits"]), "tracks": len(names["tracks"]),
              "features": len(names["columns"]), "comparisons": len(names["models"]),
              "arrays": len(names["arrays"]), "candidates": len(names["scores"]), "clips": len(names["scored"])}
    faults += [f"no {what}" for what, count in counts.items() if count == 0]
    if len(names["originals"]) != len(names["tracks"]):
        faults.append("the feature store has other clips than the predictions")
    if can_draw and not pathlib.Path("svr.pdf").read_bytes().startswith(b"%PDF"):
        faults.append("the figure is no PDF")
    print("\n".join(faults) or f"checked {counts}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

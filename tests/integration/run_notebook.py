#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a notebook from its first cell to its last, in the working directory, and prints what its cells gave.

Usage: run_notebook.py tour.ipynb

Exits 77 where Jupyter's modules or a module that the notebook imports are missing, with an exception where a cell fails or
the file holds results of an earlier time.
"""
import importlib.util
import sys

wanted = ("nbformat", "nbclient", "ipykernel", "pandas", "matplotlib")
missing = [name for name in wanted if not importlib.util.find_spec(name)]
if missing:
    print(f"Python lacks {', '.join(missing)}")
    sys.exit(77)

import nbclient
import nbformat

notebook = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(notebook)
cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
assert not any(cell.outputs for cell in cells), "the notebook is kept without results"
nbclient.NotebookClient(notebook, timeout=300).execute()
for cell in cells:
    for output in cell.outputs:
        print(output.get("text") or output.get("data", {}).get("text/plain", ""))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads every event file below a directory with TensorBoard's own reader and says what it found.

Usage: read_events.py DIRECTORY

Exits 1 where a fit has no training loss, learning rate, validation error or hyper-parameters, or steps that do not
ascend; 77 where TensorBoard (pip install tensorboard) is not installed. MUSICMEM_TENSORBOARD_PYTHON may name a Python
that has it.
"""
import os
import pathlib
import sys

PYTHON = os.environ.get("MUSICMEM_TENSORBOARD_PYTHON")
WANTED = {"loss/train", "validation/mse", "learning_rate", "gradient_norm", "rows_per_second"}


def main():
    try:
        from tensorboard.backend.event_processing import event_accumulator
    except ImportError:
        if PYTHON and os.path.abspath(sys.executable) != os.path.abspath(PYTHON):
            os.execv(PYTHON, [PYTHON, *sys.argv])
        print("TensorBoard is not installed")
        return 77
    directories = sorted({file.parent for file in pathlib.Path(sys.argv[1]).rglob("*tfevents*")})
    faults = []
    for directory in directories:
        events = event_accumulator.EventAccumulator(str(directory))
        events.Reload()
        missing = WANTED - set(events.Tags()["scalars"])
        if missing:
            faults.append(f"{directory}: no {sorted(missing)}")
            continue
        steps = [event.step for event in events.Scalars("loss/train")]
        if not steps or steps != sorted(set(steps)):
            faults.append(f"{directory}: steps {steps}")
        if "hparams" not in events.summary_metadata.get("_hparams_/session_start_info", "").__str__():
            faults.append(f"{directory}: no hyper-parameters")
    print("\n".join(faults) or f"{len(directories)} fits")
    return 1 if faults or not directories else 0


if __name__ == "__main__":
    sys.exit(main())

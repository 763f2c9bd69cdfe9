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
WANTED_OF_MLP = {"variant", "seed", "fold", "hidden", "learning_rate", "dropout", "batch", "max_epochs", "patience",
                 "ranking_weight", "center_labels"}


def faults_of_hyper_parameters(events, directory):
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
    metadata = events.summary_metadata.get("_hparams_/session_start_info")
    if metadata is None:
        return ["no hyper-parameters"]
    told = HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info.hparams
    values = {name: value.number_value or value.string_value for name, value in told.items()}
    wanted = WANTED_OF_MLP if values.get("model") == "mlp" else set()
    faults = [f"no hyper-parameter {name}" for name in sorted(wanted - set(values))]
    augmented = "augmented" in directory.parts[-3]
    if wanted and values.get("batch") != (64 if augmented else 16):
        faults.append(f"batch {values.get('batch')} of {directory.parts[-3]}")
    return faults


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
        faults += [f"{directory}: {fault}" for fault in faults_of_hyper_parameters(events, directory)]
    print("\n".join(faults) or f"{len(directories)} fits")
    return 1 if faults or not directories else 0


if __name__ == "__main__":
    sys.exit(main())

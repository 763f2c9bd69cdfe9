#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seconds of an SSAST training step with PyTorch's DistributedDataParallel over gloo, for comparison.

    ddp_step.py SIZE FRAMES STEPS PROCESSES THREADS     global batch 8; prints the median step

The model is the re-implementation of tests/models/golden/make_ssast_golden.py.
"""
import os
import pathlib
import statistics
import sys
import time

import torch
import torch.distributed
import torch.multiprocessing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "models/golden"))
from make_ssast_golden import ADAM, Ssast  # noqa: E402

GLOBAL_BATCH = 8


def work(rank, size, frames, steps, processes, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = Ssast(size, frames, head="paper")
    if processes > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29511")
        torch.distributed.init_process_group("gloo", rank=rank, world_size=processes)
        model = torch.nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.Adam(model.parameters(), **ADAM)
    x = torch.randn(GLOBAL_BATCH // processes, frames, 128)
    y = torch.rand(GLOBAL_BATCH // processes, 1)
    seconds = []
    for _ in range(steps + 1):
        start = time.perf_counter()
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    if rank == 0:
        print(f"{statistics.median(seconds[1:]):.4f}")


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    size = sys.argv[1]
    frames, steps, processes, threads = map(int, sys.argv[2:])
    if processes == 1:
        work(0, size, frames, steps, 1, threads)
    else:
        torch.multiprocessing.spawn(work, (size, frames, steps, processes, threads), nprocs=processes)

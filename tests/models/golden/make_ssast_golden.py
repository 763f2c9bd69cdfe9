#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What SSAST gives, from a re-implementation in PyTorch that shares no code with the program.

    make_ssast_golden.py                          writes ssast.pth beside this script (Debian's python3-torch will do)
    make_ssast_golden.py --seed N --output FILE   the same cases with other weights and inputs
    make_ssast_golden.py --check PTH NPZ          holds the re-implementation against a recorded case
    make_ssast_golden.py --time SIZE CLIPS FRAMES STEPS [THREADS]   seconds of training steps, one a line

Weights and inputs are a formula (splitmix64 of name and index), so that only results need to be kept.
"""
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

SIZES = {"nano": (64, 2, 4), "tiny": (192, 3, 12), "small": (384, 6, 12), "base": (768, 12, 12)}
ADAM = dict(lr=1e-4, betas=(0.95, 0.999), weight_decay=5e-7)


def formula(seed, name, shape, scale=1.0, shift=0.0):
    """Uniform in shift +- scale."""
    key = np.uint64(14695981039346656037)
    with np.errstate(over="ignore"):
        for byte in f"{seed}/{name}".encode():  # FNV-1a
            key = (key ^ np.uint64(byte)) * np.uint64(1099511628211)
        z = key + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    unit = (z >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1.0
    return torch.from_numpy((shift + scale * unit).astype(np.float32).reshape(shape))


class Attention(torch.nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = torch.nn.Linear(width, 3 * width)
        self.proj = torch.nn.Linear(width, width)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = ((q @ k.transpose(-2, -1)) * (d // self.heads) ** -0.5).softmax(dim=-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, n, d))


class Mlp(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = torch.nn.Linear(width, 4 * width)
        self.fc2 = torch.nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(torch.nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = torch.nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = torch.nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Projection(torch.nn.Module):
    def __init__(self, width, patch, stride):
        super().__init__()
        self.proj = torch.nn.Conv2d(1, width, patch, stride)


class Transformer(torch.nn.Module):
    def __init__(self, width, heads, depth, patch, stride, tokens):
        super().__init__()
        self.cls_token = torch.nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = torch.nn.Parameter(torch.zeros(1, tokens, width))
        self.dist_token = torch.nn.Parameter(torch.zeros(1, 1, width))
        self.patch_embed = Projection(width, patch, stride)
        self.blocks = torch.nn.ModuleList([Block(width, heads) for _ in range(depth)])
        self.norm = torch.nn.LayerNorm(width, eps=1e-6)


class Ssast(torch.nn.Module):
    def __init__(self, size, frames, pooling="avgtok", head="plain", patches="patch", stride=10):
        super().__init__()
        width, heads, depth = SIZES[size]
        patch, stride = ((16, 16), (stride, stride)) if patches == "patch" else ((128, 2), (128, 1))
        self.grid = ((128 - patch[0]) // stride[0] + 1, (frames - patch[1]) // stride[1] + 1)
        self.pretraining_grid = (8, 64) if patches == "patch" else (1, 512)
        self.pooling = pooling
        self.v = Transformer(width, heads, depth, patch, stride, 2 + self.grid[0] * self.grid[1])
        layers = [torch.nn.LayerNorm(width)]
        if head == "plain":
            layers += [torch.nn.Linear(width, 1)]
        else:  # the dropouts of training are left out
            layers += [torch.nn.Linear(width, 256), torch.nn.Identity(), torch.nn.Linear(256, 256),
                       torch.nn.Identity(), torch.nn.ReLU(), torch.nn.Linear(256, 1)]
        self.mlp_head = torch.nn.Sequential(*layers)

    def forward(self, x):
        x = self.v.patch_embed.proj(x.unsqueeze(1).transpose(2, 3)).flatten(2).transpose(1, 2)
        b = x.shape[0]
        x = torch.cat([self.v.cls_token.expand(b, -1, -1), self.v.dist_token.expand(b, -1, -1), x], dim=1)
        x = x + self.v.pos_embed
        for block in self.v.blocks:
            x = block(x)
        x = self.v.norm(x)
        x = x[:, 2:].mean(dim=1) if self.pooling == "avgtok" else (x[:, 0] + x[:, 1]) / 2
        return self.mlp_head(x)


def adapt(positions, old, new):
    """Positions of the pre-training grid on the grid of fine-tuning."""
    width = positions.shape[2]
    grid = positions[:, 2:].reshape(1, old[0], old[1], width).permute(0, 3, 1, 2)
    if new[1] < old[1]:
        start = old[1] // 2 - new[1] // 2
        grid = grid[..., start:start + new[1]]
    else:
        grid = F.interpolate(grid, size=(old[0], new[1]), mode="bilinear", align_corners=False)
    if new[0] < old[0]:
        start = old[0] // 2 - new[0] // 2
        grid = grid[:, :, start:start + new[0]]
    else:
        grid = F.interpolate(grid, size=new, mode="bilinear", align_corners=False)
    return torch.cat([positions[:, :2], grid.permute(0, 2, 3, 1).reshape(1, -1, width)], dim=1)


def fill(model, seed):
    """Weights off their defaults, so that a dropped bias or gain would be seen."""
    for name, parameter in model.named_parameters():
        shape = tuple(parameter.shape)
        with torch.no_grad():
            if name == "v.pos_embed":
                f, t = model.pretraining_grid
                pretrained = formula(seed, name, (1, 2 + f * t, shape[2]), 0.05)
                parameter.copy_(adapt(pretrained, model.pretraining_grid, model.grid))
            elif name.endswith("norm1.weight") or name.endswith("norm2.weight") or name in ("v.norm.weight",
                                                                                            "mlp_head.0.weight"):
                parameter.copy_(formula(seed, name, shape, 0.2, 1.0))
            elif len(shape) > 1 and "token" not in name:
                parameter.copy_(formula(seed, name, shape, (3.0 / np.prod(shape[1:])) ** 0.5))
            else:
                parameter.copy_(formula(seed, name, shape, 0.1))


CASES = [(size, frames, pooling, head, patches, clips)
         for size, frames, clips in [("nano", 100, 4), ("nano", 500, 2), ("tiny", 100, 2)]
         for pooling in ("avgtok", "cls") for head in ("plain", "paper") for patches in ("patch", "frame")
         if patches == "patch" or (size == "nano" and head == "paper")
         ] + [("tiny", 500, "avgtok", "paper", "patch", 1), ("nano", 700, "avgtok", "plain", "patch", 1),
              ("nano", 16, "avgtok", "plain", "patch", 3)]


def run_case(seed, size, frames, pooling, head, patches, clips):
    model = Ssast(size, frames, pooling, head, patches)
    fill(model, seed)
    x = formula(seed, "x", (clips, frames, 128), 1.0)
    y = formula(seed, "y", (clips, 1), 0.5, 0.5)
    results = {"output": model(x).detach()}
    optimizer = torch.optim.Adam(model.parameters(), **ADAM)
    losses = []
    for step in range(4):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        losses.append(loss.item())
        loss.backward()
        if step == 0:
            results["gradient_norms"] = torch.tensor([p.grad.double().norm().item() for p in model.parameters()])
        if step < 3:
            optimizer.step()
    results["losses"] = torch.tensor(losses, dtype=torch.float64)
    return results


def write(seed, output):
    everything = {"seed": torch.tensor(seed)}
    for case in CASES:
        size, frames, pooling, head, patches, clips = case
        name = f"{size}/{frames}/{pooling}/{head}/{patches}/{clips}"
        for key, value in run_case(seed, *case).items():
            everything[f"{name}/{key}"] = value
        print(name, everything[f"{name}/losses"].tolist(), flush=True)
    torch.save(everything, output)


def check(pth, npz):
    """A recorded case of the tiny model, T = 100, plain head on the mean token."""
    recorded = np.load(npz)
    state = torch.load(pth)
    model = Ssast("tiny", recorded["x"].shape[1])
    for name, parameter in model.named_parameters():
        with torch.no_grad():
            if name.startswith("mlp_head"):
                parameter.copy_(torch.from_numpy(recorded["head/" + name[len("mlp_head."):]]))
            elif name == "v.pos_embed":
                parameter.copy_(adapt(state["module." + name], (8, 64), model.grid))
            else:
                parameter.copy_(state["module." + name])
    print("positions", (model.v.pos_embed - torch.from_numpy(recorded["pos_embed"])).abs().max().item())
    x, y = torch.from_numpy(recorded["x"]), torch.from_numpy(recorded["y"])
    print("output", (model(x) - torch.from_numpy(recorded["output"])).abs().max().item())
    optimizer = torch.optim.Adam(model.parameters(), **ADAM)
    for step in range(4):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        print("loss", loss.item(), recorded["losses"][step])
        loss.backward()
        optimizer.step()


def measure(size, clips, frames, steps, threads):
    torch.set_num_threads(threads)
    model = Ssast(size, frames, head="paper")
    x, y = torch.randn(clips, frames, 128), torch.rand(clips, 1)
    optimizer = torch.optim.Adam(model.parameters(), **ADAM)
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.mse_loss(model(x), y).backward()
        optimizer.step()
        print(f"{time.perf_counter() - start:.4f}", flush=True)


def main(arguments):
    if arguments[:1] == ["--check"]:
        check(*arguments[1:])
    elif arguments[:1] == ["--time"]:
        size, clips, frames, steps, *threads = arguments[1:]
        measure(size, int(clips), int(frames), int(steps), int(threads[0]) if threads else 2)
    else:
        options = dict(zip(arguments[::2], arguments[1::2]))
        torch.set_num_threads(1)
        write(int(options.get("--seed", 1)), options.get("--output", __file__.rsplit("/", 1)[0] + "/ssast.pth"))


if __name__ == "__main__":
    main(sys.argv[1:])

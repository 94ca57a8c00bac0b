"""The Python side of `cargo xtask bench convert`: makes checkpoints, converts them the usual way, and measures programs.

    bench.py make KIND DTYPE GIGABYTES FILE
    bench.py usual IN OUT
    bench.py run PROGRAM ARGUMENT...     prints processor seconds, seconds, and peak megabytes
"""

import os
import sys
import time


def make(kind, dtype, gigabytes, file):
    import torch

    dtype = getattr(torch, dtype)
    shape = (4096, 4096) if kind in ("linear", "turned") else (512, 512, 3, 3)
    one = torch.randn(shape).to(dtype)
    count = int(gigabytes) * 10**9 // (one.numel() * one.element_size())
    weights = {f"layers.{i}.weight": one.clone() for i in range(count)}
    if kind == "transposed":
        weights = {name: weight.permute(0, 2, 3, 1) for name, weight in weights.items()}
    if kind == "turned":
        weights = {name: weight.t() for name, weight in weights.items()}
    torch.save(weights, file)


def usual(source, target):
    import mlx.core as mx
    import torch

    weights = torch.load(source, map_location="cpu", weights_only=True)
    arrays = {}
    for name, weight in weights.items():
        if weight.dtype is torch.bfloat16:
            weight = weight.float()
        arrays[name] = mx.array(weight.contiguous().numpy())
    mx.save_safetensors(target, arrays)


def run(*command):
    started = time.time()
    pid = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with {status}")
    # Kilobytes, and bytes on macOS.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    print(usage.ru_utime + usage.ru_stime, time.time() - started, usage.ru_maxrss / unit)


if __name__ == "__main__":
    {"make": make, "usual": usual, "run": run}[sys.argv[1]](*sys.argv[2:])

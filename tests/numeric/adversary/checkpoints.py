import argparse
import collections
import datetime
import enum
import io
import random
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from torch import nn


class Mode(enum.Enum):
    TRAIN = "train"
    EVAL = "eval"


@dataclass
class Config:
    dim: int = 4
    dtype: torch.dtype = torch.float32
    layers: list = field(default_factory=list)


Step = collections.namedtuple("Step", ["epoch", "loss"])


class Vocab:
    def __init__(self, words):
        self.index = {word: i for i, word in enumerate(words)}

    def __len__(self):
        return len(self.index)


def again(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


# run settings(x) | x=f32[2,3]
def settings(x):
    args = argparse.Namespace(lr=0.1, epochs=3, out=Path("runs") / "a", betas=(0.9, 0.99), resume=None)
    net = nn.Linear(3, 2)
    with torch.no_grad():
        net.weight.copy_(x)
    state = again({"model": net.state_dict(), "args": args, "epoch": 1, "mode": Mode.EVAL})
    back = state["args"]
    net.load_state_dict(state["model"])
    return back.lr * 2, back.epochs, str(back.out), back.betas, back.resume, state["mode"] is Mode.EVAL, net.weight, vars(back) == vars(args)


# run objects(x) | x=f32[2,3]
def objects(x):
    config = Config(8, torch.float16, [1, Config()])
    state = again([config, Step(2, x), SimpleNamespace(a=1, x=x), Vocab(["a", "b"]), collections.Counter("aab"), {"seen": {3, 4}, "kept": frozenset("a")}])
    config, step, space, vocab, counter, sets = state
    groups = again(collections.defaultdict(list, a=[1]))
    groups["b"].append(2)
    return (
        config.dim,
        config.dtype == torch.float16,
        config.layers[1].dtype is torch.float32 or config.layers[1].dtype == torch.float32,
        step.loss,
        step.epoch,
        space.x,
        len(vocab),
        vocab.index["b"],
        counter.most_common(1)[0],
        sorted(sets["seen"]),
        "a" in sets["kept"],
        dict(groups),
    )


# run plain_values()
def plain_values():
    state = {
        "array": np.arange(6.0).reshape(2, 3),
        "empty": np.zeros((0, 2), np.int16),
        "words": np.array(["a", "bc"]),
        "best": np.float64(0.5),
        "count": np.int64(3),
        "raw": b"\x00ab",
        "complex": 1 + 2j,
        "range": range(2, 9, 3),
        "when": datetime.datetime(2024, 1, 2, 3, 4, 5),
        "day": datetime.date(2024, 1, 2),
        "rng": np.random.RandomState(3).get_state(),
        "python_rng": random.Random(3).getstate(),
    }
    back = again(state)
    rng = np.random.RandomState(0)
    rng.set_state(back["rng"])
    other = random.Random(0)
    other.setstate(back["python_rng"])
    back["array"][0, 0] = 7.0
    return (
        back["array"].tolist(),
        str(back["array"].dtype),
        back["empty"].shape,
        back["words"].tolist(),
        type(back["best"]).__name__,
        back["count"] + 1 == 4,
        back["raw"] == state["raw"],
        back["complex"].imag,
        list(back["range"]),
        back["when"] == state["when"],
        back["day"].isoformat(),
        float(rng.rand()),
        other.random(),
    )


# run same_names(x) | x=f32[2]
def same_names(x):
    return again({"a.b": x, "a": {"b": x + 1}, 1: x + 2, "1": x + 3})

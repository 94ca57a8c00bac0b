"""What `torch2mlx verify` asks of the engine: entries of projects, with ports that are right and ports that are not."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from test_harness import ENGINE

TORCH = {
    "net.py": """
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

Pair = namedtuple("Pair", ["low", "high"])


@dataclass
class Output:
    logits: torch.Tensor
    states: tuple
    info: dict


class Inner(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)

    def forward(self, x):
        y = self.fc(x)
        z = torch.relu(y) * 2
        return x + z


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.inner = Inner(width)
        self.norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(0.5)

    def forward(self, x, scale=1.0):
        h = self.drop(self.norm(self.inner(x)))
        return Output(h * scale, (Pair(h.min(), h.max()),), {"top": h.argmax(-1), "limit": h / torch.zeros(()), "count": 3})


class Noisy(nn.Module):
    def forward(self, x):
        return x + torch.randn(20, 10)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)

    def get_value(self, x):
        return self.fc(x)


class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.b = nn.Linear(3, 3)
        self.a.weight.requires_grad_(False)

    def forward(self, x):
        return self.b(self.a(x))


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.b = self.a

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


class Crash(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.fc(x)


def make_net(width=8):
    return Net(width)


def nothing(x):
    pass


def scores(q, k):
    s = q @ k.transpose(-1, -2)
    s = s / 4
    return torch.softmax(s, -1)


def batch():
    return {"x": np.ones((2, 8), np.float32)}


def batch_of(step):
    return {"x": np.full((5, 3), step, np.float32)}


def batches():
    while True:
        yield {"x": torch.randn(5, 3)}


def step(model, optimizer, x):
    optimizer.zero_grad()
    loss = model(x).pow(2).mean()
    loss.backward()
    optimizer.step()
    return loss


def fit(model, x, steps):
    optimizer = sgd(model)
    return [step(model, optimizer, x).item() for _ in range(steps)]


def sgd(model):
    return torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
""",
}
MLX = {
    "net.py": """
from collections import namedtuple
from dataclasses import dataclass

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim

Pair = namedtuple("Pair", ["low", "high"])


@dataclass
class Output:
    logits: mx.array
    states: tuple
    info: dict


class Inner(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)

    def __call__(self, x):
        y = self.fc(x)
        z = nn.relu(y) * 2
        return x + z


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.inner = Inner(width)
        self.norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(0.5)

    def __call__(self, x, scale=1.0):
        h = self.drop(self.norm(self.inner(x)))
        return Output(h * scale, (Pair(h.min(), h.max()),), {"top": mx.argmax(h, -1).astype(mx.int64), "limit": h / mx.zeros(()), "count": 3})


class Doubled(Net):
    def __call__(self, x, scale=1.0):
        out = super().__call__(x, scale)
        out.info["count"] = 4
        out.info["top"] = out.info["top"].astype(mx.int32)
        out.info["limit"] = mx.where(mx.isnan(out.info["limit"]), out.info["limit"], -out.info["limit"])
        return out


class WrongInner(Inner):
    def __call__(self, x):
        y = self.fc(x)
        z = nn.relu(y) * 3
        return x + z


class Wrong(Net):
    def __init__(self, width=8):
        super().__init__(width)
        self.inner = WrongInner(width)


class RaisingInner(Inner):
    def __call__(self, x):
        y = self.fc(x)[:, 1:]
        z = nn.relu(y) * 2
        return x + z


class Raises(Net):
    def __init__(self, width=8):
        super().__init__(width)
        self.inner = RaisingInner(width)


class Endless(Net):
    def __call__(self, x, scale=1.0):
        while True:
            x = x + 1


class Noisy(nn.Module):
    def __call__(self, x):
        return x + mx.random.normal((20, 10))


class Louder(nn.Module):
    def __call__(self, x):
        return x + 2 * mx.random.normal((20, 10))


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)

    def get_value(self, x):
        return self.fc(x)


class Biased(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)

    def get_value(self, x):
        return self.fc(x) + 1


class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.b = nn.Linear(3, 3)
        self.a.freeze(keys=["weight"])

    def __call__(self, x):
        return self.b(self.a(x))


class Thawed(Frozen):
    def __init__(self):
        super().__init__()
        self.unfreeze()


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.b = self.a

    def __call__(self, x):
        return self.b(mx.tanh(self.a(x)))


class Crash(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def __call__(self, x):
        raise NotImplementedError("not ported yet")


class Narrow(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)


def make_net(width=8):
    return Net(width)


def nothing(x):
    pass


def scores(q, k):
    s = q @ k.swapaxes(-1, -2)
    s = s / 4
    return mx.softmax(s, -1)


def unscaled(q, k):
    s = q @ k.swapaxes(-1, -2)
    return mx.softmax(s, -1)


def step(model, optimizer, x):
    loss, grads = nn.value_and_grad(model, lambda: (model(x) ** 2).mean())()
    optimizer.update(model, grads)
    return loss


def fit(model, x, steps):
    optimizer = sgd(model)
    return [step(model, optimizer, x).item() for _ in range(steps)]


def sgd(model):
    return optim.SGD(0.1)


def slow(model):
    return optim.SGD(0.05)
""",
}

X = {"x": "float32[4, 8]"}
TRAIN = {"steps": 3, "step": "net:step(model, optimizer, x)", "optimizer": "net:sgd(model)"}
# What is run, and what the verdict has to hold: `ok`, or (where in it, text).
CASES = {
    "nested outputs": (dict(entry="net:Net", inputs=X, grad=True), "ok"),
    "nested outputs in training mode": (dict(entry="net:Net", inputs=X, grad=True, mode="train"), "ok"),
    "dropout is said": (dict(entry="net:Net", inputs=X, mode="train"), ("notes", "dropout is set to 0")),
    "arguments": (dict(entry="net:Net", args="width=4", inputs={"x": "float32[4, 4] >= 0 <= 1", "scale": 2.0}), "ok"),
    "a function that makes a model": (dict(entry="net:make_net", args="width=4", inputs={"x": "float32[4, 4] >= 0 <= 1", "scale": 2.0}), "ok"),
    "a function that makes a model of its defaults": (dict(entry="net:make_net", args="", inputs=X), "ok"),
    "a function with arguments that makes no model": (dict(entry="net:nothing", args="3", inputs=X), ("stopped", "which is no nn.Module")),
    "inputs as text": (dict(entry="net:Net", inputs="x: float32[2, 8] < 3; scale: 0.5"), "ok"),
    "inputs of a function": (dict(entry="net:Net", inputs="net:batch"), "ok"),
    "inputs that are proposed": (dict(entry="net:Net"), ("proposal", "float32[2, 8]")),
    "a call of its own": (dict(entry="net:Net", inputs=X, call="model.inner(x) + 1"), "ok"),
    "a call of a module without forward": (dict(entry="net:Critic", inputs={"x": "float32[2, 3]"}, call="model.get_value(x)", grad=True), "ok"),
    "a line of a module without forward": (dict(entry="net:Critic", entry_mlx="net:Biased", inputs={"x": "float32[2, 3]"}, call="model.get_value(x)", trace=True), ("divergence", "'path': ''")),
    "int": (dict(entry="net:Net", entry_mlx="net:Doubled", inputs=X), ("parts", "torch gives 3, mlx 4")),
    "dtype": (dict(entry="net:Net", entry_mlx="net:Doubled", inputs=X), ("parts", "dtype int64 from torch, int32 from mlx")),
    "sign of infinity": (dict(entry="net:Net", entry_mlx="net:Doubled", inputs=X), ("parts", "-inf from torch, inf from mlx")),
    "noise": (dict(entry="net:Noisy", inputs={"x": "float32[20, 10]"}), ("notes", "compared in distribution")),
    "louder noise": (dict(entry="net:Noisy", entry_mlx="net:Louder", inputs={"x": "float32[20, 10]"}), ("error", "standard deviation")),
    "frozen": (dict(entry="net:Frozen", inputs={"x": "float32[2, 3]"}, grad=True), "ok"),
    "one layer under two names": (dict(entry="net:Shared", inputs={"x": "float32[2, 3]"}, grad=True), "ok"),
    "thawed": (dict(entry="net:Frozen", entry_mlx="net:Thawed", inputs={"x": "float32[2, 3]"}, grad=True), ("divergence", "`a.weight` is frozen in the original")),
    "a line of a module": (dict(entry="net:Net", entry_mlx="net:Wrong", inputs=X, trace=True), ("divergence", "'path': 'inner'")),
    "the name that differs": (dict(entry="net:Net", entry_mlx="net:Wrong", inputs=X, trace=True), ("divergence", "'name': 'z'")),
    "the factor": (dict(entry="net:Net", entry_mlx="net:Wrong", inputs=X, trace=True), ("divergence", "all values are 1.5 times")),
    "a function": (dict(entry="net:scores", inputs={"q": "float32[3, 5]", "k": "float32[4, 5]"}, grad=True), "ok"),
    "a function's mode": (dict(entry="net:scores", inputs={"q": "float32[3, 5]", "k": "float32[4, 5]"}, mode="train"), ("skipped", "True")),
    "a line of a function": (dict(entry="net:scores", entry_mlx="net:unscaled", inputs={"q": "float32[3, 5]", "k": "float32[4, 5]"}, trace=True), ("divergence", "'name': ")),
    "training": (dict(entry="net:Frozen", inputs={"x": "float32[5, 3]"}, train=TRAIN), "ok"),
    "training on batches of a function": (dict(entry="net:Frozen", inputs="net:batch_of(step)", train=TRAIN), "ok"),
    "training on batches of a generator": (dict(entry="net:Frozen", inputs="net:batches()", train=TRAIN), "ok"),
    "training without batches": (dict(entry="net:Frozen", train=TRAIN), ("stopped", "needs its batches declared")),
    "a loop of its own": (dict(entry="net:Frozen", inputs={"x": "float32[5, 3]"}, train={"steps": 4, "loop": "net:fit(model, x, steps)"}), "ok"),
    "another rate": (dict(entry="net:Frozen", inputs={"x": "float32[5, 3]"}, train={**TRAIN, "optimizer_mlx": "net:slow(model)"}), ("divergence", "0.5 times that of the original")),
    "nothing to compare": (dict(entry="net:nothing", inputs=X), ("stopped", "nothing was compared")),
    "no class": (dict(entry="net:Nett", inputs=X), ("stopped", "did you mean `Net`?")),
    "no module": (dict(entry="nett:Net", inputs=X), ("stopped", "did you mean `net`?")),
    "arguments that don't fit": (dict(entry="net:Net", args="breadth=4", inputs=X), ("stopped", "Net(width=8)")),
    "a parameter that isn't there": (dict(entry="net:Net", inputs={"scalee": "2.0"}), ("stopped", "did you mean `scale`?")),
    "a parameter without input": (dict(entry="net:scores", inputs={"q": "float32[2, 3]"}), ("stopped", "no input is declared for the parameter `k`")),
    "an input that can't be read": (dict(entry="net:Net", inputs="x: floot32[2, 8]"), ("stopped", "dtypes are bfloat16")),
    "inputs of wrong shape": (dict(entry="net:Net", inputs={"x": "float32[2, 7]"}), ("stopped", "the inputs were x: float32[2, 7]")),
    "a port that raises": (dict(entry="net:Crash", inputs={"x": "float32[2, 3]"}), ("stopped", "raise NotImplementedError")),
    "a side that raises": (dict(entry="net:Crash", inputs={"x": "float32[2, 3]"}), ("stopped", "'side': 'mlx'")),
    "where it parts before it raises": (dict(entry="net:Net", entry_mlx="net:Raises", inputs=X, trace=True), ("divergence", "'name': 'y'")),
    "an endless loop": (dict(entry="net:Net", entry_mlx="net:Endless", inputs=X, limit=2), ("stopped", "took longer than 2 s")),
    "weights that don't fit": (dict(entry="net:Crash", entry_mlx="net:Narrow", inputs={"x": "float32[2, 3]"}), ("stopped", "size mismatch for fc.weight")),
    "no checkpoint": (dict(entry="net:Net", inputs=X, weights="/nowhere/net.pt"), ("stopped", "there is no checkpoint")),
    "another checkpoint": (dict(entry="net:Net", inputs=X, weights="{root}/other.pt"), ("stopped", "`inner.fc.weight` is [2, 2] in the file and [8, 8] in the model")),
    "a checkpoint": (dict(entry="net:Net", inputs=X, weights="{root}/net.pt"), "ok"),
    "safetensors": (dict(entry="net:Net", inputs=X, weights="{root}/net.safetensors"), "ok"),
    "an npz": (dict(entry="net:Net", inputs="inputs.npz"), "ok"),
}


def checkpoints(root):
    """A state with the trainer's key around it, one of wrong shapes, and the same values as safetensors."""
    import struct

    import numpy as np
    import torch

    r = np.random.default_rng(0)
    state = {"inner.fc.weight": (8, 8), "inner.fc.bias": (8,), "norm.weight": (8,), "norm.bias": (8,)}
    state = {k: r.standard_normal(shape).astype(np.float32) for k, shape in state.items()}
    torch.save({"epoch": 3, "state_dict": {"module." + k: torch.from_numpy(v) for k, v in state.items()}}, root / "net.pt")
    torch.save({**{k: torch.from_numpy(v) for k, v in state.items()}, "inner.fc.weight": torch.zeros(2, 2)}, root / "other.pt")
    header, data = {}, b""
    for key, values in state.items():
        header[key] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    (root / "net.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    np.savez(root / "inputs.npz", x=r.standard_normal((2, 8)).astype(np.float32))


class Entries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        root = pathlib.Path(cls.temporary.name).resolve()
        for side, files in (("src", TORCH), ("mlx", MLX)):
            (root / side).mkdir()
            for name, text in files.items():
                (root / side / name).write_text(text, encoding="utf-8")
        checkpoints(root)
        common = {"folder": {"torch": str(root / "src"), "mlx": str(root / "mlx")}, "path_torch": [str(root / "src")], "path_mlx": [str(root / "mlx")],
                  "seed": 0, "base": str(root), "mode": "eval"}
        run = root / "run"
        run.mkdir()
        lines = []
        for name, (case, _) in CASES.items():
            case = {"id": name, **common, **case}
            if "weights" in case:
                case["weights"] = case["weights"].replace("{root}", str(root))
            lines.append(json.dumps(case) + "\n")
        (run / "cases.jsonl").write_text("".join(lines), encoding="utf-8")
        for side in ("torch", "mlx"):
            subprocess.run([sys.executable, ENGINE, side, run], check=True)
        subprocess.run([sys.executable, "-W", "error", ENGINE, "compare", run])
        lines = (run / "report.jsonl").read_text(encoding="utf-8").splitlines()
        cls.verdicts = {verdict["id"]: verdict for verdict in map(json.loads, lines)}


def entry_test(name, wanted):
    def test(self):
        verdict = self.verdicts[name]
        if wanted == "ok":
            self.assertTrue(verdict["ok"], json.dumps(verdict, indent=1))
        else:
            where, text = wanted
            self.assertIn(text, str(verdict.get(where)).replace('"', "'"), json.dumps(verdict, indent=1))

    return test


for _name, (_, _wanted) in CASES.items():
    setattr(Entries, "test_" + _name.replace(" ", "_").replace("'", ""), entry_test(_name, _wanted))


if __name__ == "__main__":
    unittest.main()

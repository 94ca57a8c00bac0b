"""The engine of `t2m_verify` must find planted wrong answers: every way of being wrong is one case here, beside right ones that must pass."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENGINE = ROOT / "crates/t2m_verify/python"
os.environ["T2M_HELPERS"] = str(ROOT / "mappings/helpers")
sys.path.insert(0, str(ENGINE))
sys.dont_write_bytecode = True

TORCH_PROJECT = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.LayerNorm(4)
        self.register_buffer("scale", torch.ones(4))

    def forward(self, x):
        return self.norm(self.first(x)) * self.scale


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Linear(3, 3, bias=False)
        self.up = nn.Linear(3, 3, bias=False)
        self.up.weight = self.down.weight

    def forward(self, x):
        return self.up(self.down(x).tanh())


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.once = nn.Linear(3, 3)
        self.again = nn.ModuleList([self.once, nn.Linear(3, 3)])

    def forward(self, x):
        return self.again[1](self.again[0](self.once(x).tanh()))


def fit(model, x, steps, rate=0.1):
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
"""

MLX_PROJECT = """
import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim


class Net(nn.Module):
    frozen = True

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.norm = nn.LayerNorm(4)
        self.scale = mx.ones(4)
        if self.frozen:
            self.freeze(recurse=False, keys=["scale"])

    def __call__(self, x):
        return self.norm(self.first(x)) * self.scale


class Leaky(Net):
    frozen = False


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Linear(3, 3, bias=False)

    def __call__(self, x):
        return mx.tanh(self.down(x)) @ self.down.weight.T


class Untied(Tied):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(3, 3, bias=False)

    def __call__(self, x):
        return self.up(mx.tanh(self.down(x)))


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.once = nn.Linear(3, 3)
        self.again = [self.once, nn.Linear(3, 3)]

    def __call__(self, x):
        return self.again[1](self.again[0](mx.tanh(self.once(x))))


class Frozen(Net):
    def __init__(self):
        super().__init__()
        self.norm.freeze()


def fit(model, x, steps, rate=0.1):
    optimizer = optim.SGD(learning_rate=rate)
    loss_and_grad = nn.value_and_grad(model, lambda x: model(x).square().mean())
    losses = []
    for _ in range(steps):
        loss, grads = loss_and_grad(x)
        optimizer.update(model, grads)
        losses.append(loss.item())
    return losses
"""

MLX_COMPAT = """
import mlx.core as mx


def load_state_dict(module, state):
    module.load_weights([(k, v) for k, v in state.items() if k != "up.weight" or "up" in module])
"""

X = {"x": "f32[2,3]"}
# The start of a case that the alarm doesn't reach, as in a loop inside of C code; `once` is a file that both tries see.
DEAF = "import os, signal, tempfile, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})\nonce = os.path.join(tempfile.gettempdir(), f'no-answer-{os.getppid()}')\n"

# name: (case, None if it must pass, else a part of the complaint)
CASES = {
    "same": (dict(torch="torch.cat([x, x], dim=1)", mlx="mx.concatenate([x, x], axis=1)", inputs=X), None),
    "wrong value": (dict(torch="x.sum(0)", mlx="x.sum(0) + mx.array([0.0, 0.001, 0.0])", inputs=X), "result[1]: "),
    "below the tolerance": (dict(torch="x", mlx="x + 1e-7", inputs=X), None),
    "own tolerance": (dict(torch="x", mlx="x + 1e-3", inputs=X, tol=1e-2), None),
    "wrong shape": (dict(torch="x.sum(0)", mlx="x.sum(0, keepdims=True)", inputs=X), "shape [3] from torch, [1, 3] from mlx"),
    "broadcast alike": (dict(torch="torch.zeros(2, 3)", mlx="mx.zeros((3,))"), "shape"),
    "wrong dtype": (dict(torch="x.argmax()", mlx="mx.argmax(x)", inputs=X), "dtype int64 from torch, uint32 from mlx"),
    "same kind": (dict(torch="x.argmax()", mlx="mx.argmax(x)", inputs=X, check="kind"), None),
    "other kind": (dict(torch="x > 0", mlx="(x > 0).astype(mx.int32)", inputs=X, check="kind"), "dtype bool from torch, int32"),
    "kind compares values": (dict(torch="x.argmax()", mlx="mx.argmin(x)", inputs=X, check="kind"), "from torch"),
    "big integers are exact": (dict(torch="torch.tensor(2**53 + 1)", mlx="mx.array(2**53, mx.int64)"), "9007199254740993 from torch"),
    "nan is nan": (dict(torch="x / 0", mlx="x / 0", inputs={"x": "np.array([0.0, 1.0, -1.0])"}), None),
    "nan is not zero": (dict(torch="x / 0", mlx="x * 0", inputs={"x": "np.array([0.0])"}), "nan from torch, 0.0 from mlx"),
    "zero is not nan": (dict(torch="x * 0", mlx="x / 0", inputs={"x": "np.array([0.0])"}), "0.0 from torch, nan from mlx"),
    "infinity has a sign": (dict(torch="x / 0", mlx="-x / 0", inputs={"x": "np.array([1.0])"}), "inf from torch, -inf from mlx"),
    "infinity is not large": (dict(torch="x / 0", mlx="x * 3e38", inputs={"x": "np.array([1.0])"}), "inf from torch"),
    "float16": (dict(torch="x * 2", mlx="x * 2", inputs={"x": "f16[3]"}), None),
    "bfloat16": (dict(torch="x * 2", mlx="x * 2", inputs={"x": "bf16[3]"}), None),
    "bfloat16 is not float32": (dict(torch="x", mlx="x.astype(mx.float32)", inputs={"x": "bf16[3]"}), "dtype bfloat16 from torch"),
    "complex": (dict(torch="x.conj()", mlx="x", inputs={"x": "c64[3]"}), "result["),
    "nested": (dict(torch="{'a': (x, [1, None])}", mlx="{'a': [x, (1, None)]}", inputs=X), None),
    "nested deep": (dict(torch="{'a': (x, [1, 2.0])}", mlx="{'a': [x, (1, 2.5)]}", inputs=X), "result['a'][1][1]: 2.0 from torch, 2.5 from mlx"),
    "missing key": (dict(torch="{'a': 1, 'b': 2}", mlx="{'a': 1}"), "keys"),
    "missing element": (dict(torch="(x, x)", mlx="(x,)", inputs=X), "a sequence of 2"),
    "named tuple": (dict(torch="x.max(dim=1)", mlx="(x.max(1), mx.argmax(x, 1).astype(mx.int64))", inputs=X), None),
    "integer is not float": (dict(torch="x.dim()", mlx="2.0", inputs=X), "int 2"),
    "bool is not integer": (dict(torch="True", mlx="1"), "bool True"),
    "tensor is not number": (dict(torch="x.sum().item()", mlx="x.sum()", inputs=X), "mlx a tensor"),
    "tensor is not numpy": (dict(torch="x.numpy()", mlx="x", inputs=X), "a NumPy array"),
    "dtype": (dict(torch="x.dtype", mlx="x.dtype", inputs=X), None),
    "other dtype": (dict(torch="x.dtype", mlx="mx.float16", inputs=X), "'float32', mlx 'float16'"),
    "empty": (dict(torch="x[:0]", mlx="x[:0]", inputs=X), None),
    "nothing to compare": (dict(torch="None", mlx="None"), "nothing would be compared"),
    "objects": (dict(torch="object()", mlx="object()"), "can't be compared"),
    "gradient": (dict(torch="x.sin()", mlx="mx.sin(x)", inputs=X, grad=["x"]), None),
    "wrong gradient": (dict(torch="x.sin()", mlx="mx.stop_gradient(mx.sin(x))", inputs=X, grad=["x"]), "gradient of input x["),
    "gradient in place": (dict(torch="x.mul_(2)", mlx="x * 2", inputs=X, grad=["x"]), None),
    "shape alone": (dict(torch="torch.rand(3)", mlx="mx.random.uniform(shape=(3,))", check="shape"), None),
    "shape alone, wrong": (dict(torch="torch.rand(3)", mlx="mx.random.uniform(shape=(4,))", check="shape"), "shape [3]"),
    "moments": (dict(torch="torch.randn(999)", mlx="mx.random.normal((999,))", check="moments"), None),
    "wrong moments": (dict(torch="torch.randn(999)", mlx="mx.random.uniform(-1, 1, (999,))", check="moments"), "standard deviation"),
    "wrong mean": (dict(torch="torch.rand(999)", mlx="mx.random.uniform(0.5, 1.5, (999,))", check="moments"), "mean"),
    "unknown check": (dict(torch="1", mlx="1", check="vlaues"), "unknown check"),
    "no result": (dict(torch="y = 1", mlx="y = 1"), "the last statement must be an expression"),
    "torch raises": (dict(torch="x.nope()", mlx="x", inputs=X), "torch side: AttributeError"),
    "mlx raises": (dict(torch="x", mlx="x.nope()", inputs=X), "mlx side: AttributeError"),
    "exits": (dict(torch="1", mlx="exit(0)"), "mlx side: SystemExit"),
    "imports torch": (dict(torch="1", mlx="import torch\n1"), "No module named"),
    "imports a torch submodule": (dict(torch="1", mlx="import torch.nn.functional as F\n1"), "No module named"),
    "arguments and files": (
        dict(torch="import sys, os\nopen('left', 'w').close()\n(sys.argv[1:], os.listdir())", mlx="import sys, os\nopen('left', 'w').close()\n(sys.argv[1:], os.listdir())"),
        None,
    ),
    "files of another case": (dict(torch="[]", mlx="import os\nos.listdir()"), None),
    "crashes": (dict(torch="1", mlx="import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n1"), "crashed the interpreter (SIGSEGV)"),
    "torch crashes": (dict(torch="import os\nos._exit(0)\n1", mlx="1"), "crashed the interpreter"),
    "no answer once": (dict(torch="1", mlx=f"{DEAF}if os.path.exists(once):\n    os.remove(once)\nelse:\n    open(once, 'w').close()\n    time.sleep(600)\n1", limit=1), None),
    "no answer twice": (dict(torch="1", mlx=f"{DEAF}time.sleep(600)\n1", limit=1), "hung twice: no answer in 11 s"),
    "hangs": (dict(torch="1", mlx="while True: pass\n1", limit=1), "took longer than 1 s"),
    "after all that": (dict(torch="x", mlx="x", inputs=X), None),
    "anonymous": (dict(torch="nn.Linear(3, 4)(x)", mlx="nn.Linear(3, 4)(x)", inputs=X, grad=["x"]), None),
    "anonymous norm": (dict(torch="nn.LayerNorm(3)(x)", mlx="nn.LayerNorm(3)(x)", inputs=X), None),
    "constants are not kept": (dict(torch="nn.LayerNorm(3)(x)", mlx="(nn.LayerNorm(3), mx.fast.layer_norm(x, None, None, 1e-5))[1]", inputs=X), "result["),
    "anonymous, in order": (dict(torch="nn.Linear(4, 3)(nn.Linear(3, 4)(x))", mlx="nn.Linear(4, 3)(nn.Linear(3, 4)(x))", inputs=X), None),
    "anonymous, one missing": (dict(torch="(nn.Linear(3, 4), x)[1]", mlx="x", inputs=X), "torch created 1 modules with weights, the port 0"),
    "anonymous, one more": (dict(torch="x", mlx="(nn.Linear(3, 4), x)[1]", inputs=X), "the port more"),
    "model": (dict(torch="from net import Net\nm = Net()\nm(x)", mlx="from net import Net\nm = Net()\nm(x)", model="m", inputs=X, grad=["x", "parameters"]), None),
    "trainable buffer": (
        dict(torch="from net import Net\nm = Net()\nm(x)", mlx="from net import Leaky\nm = Leaky()\nm(x)", model="m", inputs=X, grad="parameters"),
        "gradient of scale: mlx trains it",
    ),
    "frozen parameter": (
        dict(torch="from net import Net\nm = Net()\nm(x)", mlx="from net import Frozen\nm = Frozen()\nm(x)", model="m", inputs=X, grad="parameters"),
        "gradient of norm.weight: torch has one",
    ),
    "training": (
        dict(torch="import net\nm = net.Net()\n(net.fit(m, x, steps), m)", mlx="import net\nm = net.Net()\n(net.fit(m, x, steps), m)", model="m", inputs=X, train={"steps": 4}),
        None,
    ),
    "training at another rate": (
        dict(torch="import net\nm = net.Net()\n(net.fit(m, x, steps), m)", mlx="import net\nm = net.Net()\n(net.fit(m, x, steps, 0.11), m)", model="m", inputs=X, train={"steps": 4}),
        "result[0][1]",
    ),
    "trained, not updated": (
        dict(torch="import net\nm = net.Net()\nfrom copy import deepcopy\nk = net.fit(deepcopy(m), x, steps)\nnet.fit(m, x, steps)\n(k, m)",
             mlx="import net\nm = net.Net()\nk = net.fit(m, x, steps)\nm.update({'first': {'bias': mx.zeros(4)}})\n(k, m)", model="m", inputs=X, train={"steps": 4}),
        "result[1].first.bias",
    ),
    "tied": (
        dict(torch="from net import Tied\nm = Tied()\nm(x)", mlx="from net import Tied\nm = Tied()\nm(x)", model="m", inputs=X, grad="parameters"),
        None,
    ),
    "untied": (
        dict(torch="from net import Tied\nm = Tied()\nm(x)", mlx="from net import Untied\nm = Untied()\nm(x)", model="m", inputs=X, grad="parameters"),
        "torch shares this parameter",
    ),
    "tied training": (
        dict(torch="import net\nm = net.Tied()\n(net.fit(m, x, steps), m)", mlx="import net\nm = net.Tied()\n(net.fit(m, x, steps), m)", model="m", inputs=X, train={"steps": 4}),
        None,
    ),
    "shared module": (
        dict(torch="import net\nm = net.Shared()\nm(x)", mlx="import net\nm = net.Shared()\nm(x)", model="m", inputs=X, grad="parameters"),
        None,
    ),
    "shared module, trained": (
        dict(torch="import net\nm = net.Shared()\n(net.fit(m, x, steps), m)", mlx="import net\nm = net.Shared()\n(net.fit(m, x, steps), m)", model="m", inputs=X, train={"steps": 4}),
        None,
    ),
    "untied training": (
        dict(torch="import net\nm = net.Tied()\n(net.fit(m, x, steps), m)", mlx="import net\nm = net.Untied()\n(net.fit(m, x, steps), m)", model="m", inputs=X, train={"steps": 4}),
        "result[",
    ),
    "too few steps": (
        dict(torch="import net\nm = net.Net()\n(net.fit(m, x, 3), m)", mlx="import net\nm = net.Net()\n(net.fit(m, x, 3), m)", model="m", inputs=X, train={"steps": 4}),
        "4 steps were promised, there are 3 losses",
    ),
    "reads values, and is said to": (dict(torch="x.sum().item()", mlx="x.sum().item()", inputs=X, reads=True), None),
    "reads values unsaid": (dict(torch="x.sum().item()", mlx="x.sum().item()", inputs=X, reads=False), "it reads values, and no note says so"),
    "is said to read values": (dict(torch="x + 1", mlx="x + 1", inputs=X, reads=True), "`mx.compile` traces it"),
    "reads what tells nothing": (dict(torch="y + 1", mlx="y + 1", inputs={"y": "2"}, reads=True), None),
}


def run(folder, cases):
    """Verdicts by id, and the exit code of the judge."""
    (folder / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    for side in ("torch", "mlx"):
        subprocess.run([sys.executable, ENGINE, side, folder], check=True)
    code = subprocess.run([sys.executable, ENGINE, "compare", folder]).returncode
    lines = (folder / "report.jsonl").read_text(encoding="utf-8").splitlines()
    return {verdict["id"]: verdict["error"] for verdict in map(json.loads, lines)}, code


class Harness(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        root = pathlib.Path(cls.temporary.name)
        for name, text in (("in/net.py", TORCH_PROJECT), ("out/net.py", MLX_PROJECT), ("out/mlx_compat.py", MLX_COMPAT)):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        paths = {"path_torch": [str(root / "in")], "path_mlx": [str(root / "out")]}
        cases = []
        for name, (case, _) in CASES.items():
            if "net" in case["torch"]:
                case = {**case, **paths, "mlx": "import mlx_compat\n" + case["mlx"]}
            cases.append({"id": name, **case})
        cls.verdicts, cls.code = run(root, cases)

    def test_every_case_has_a_verdict(self):
        self.assertEqual(list(self.verdicts), list(CASES))

    def test_exit_code_says_that_something_failed(self):
        self.assertEqual(self.code, 1)

    def test_projects_do_not_leak_into_each_other(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            for number in (1, 2):
                (root / str(number)).mkdir()
                (root / str(number) / "same.py").write_text(f"VALUE = {number}\n", encoding="utf-8")
            path = lambda n: {"path_torch": [str(root / str(n))], "path_mlx": [str(root / str(n))]}
            case = {"torch": "import same\nsame.VALUE", "mlx": "import same\nsame.VALUE"}
            wrong = {"id": "3", "torch": "2", "mlx": "import same\nsame.VALUE", **path(1)}
            verdicts, code = run(root, [{"id": "1", **case, **path(1)}, {"id": "2", **case, "torch": "2", **path(2)}, wrong])
            self.assertEqual([verdicts["1"], verdicts["2"]], [None, None])
            self.assertIn("torch gives 2, mlx 1", verdicts["3"])

    def test_nothing_wrong_is_success(self):
        with tempfile.TemporaryDirectory() as name:
            verdicts, code = run(pathlib.Path(name), [{"id": "a", "torch": "x", "mlx": "x", "inputs": X}])
            self.assertEqual((verdicts, code), ({"a": None}, 0))

    def test_a_case_that_was_not_run_fails(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            run(root, [{"id": "a", "torch": "1", "mlx": "1"}])
            (root / "cases.jsonl").write_text(json.dumps({"id": "b", "torch": "1", "mlx": "1"}) + "\n", encoding="utf-8")
            self.assertEqual(subprocess.run([sys.executable, ENGINE, "compare", root]).returncode, 1)


def verdict_test(name, complaint):
    def test(self):
        error = self.verdicts.get(name, "no verdict")
        if complaint is None:
            self.assertIsNone(error)
        else:
            self.assertIsNotNone(error, "a wrong answer was not found")
            self.assertIn(complaint, error)

    return test


for _name, (_, _complaint) in CASES.items():
    setattr(Harness, "test_" + _name.replace(" ", "_").replace(",", ""), verdict_test(_name, _complaint))


class Specs(unittest.TestCase):
    def test_inputs_depend_on_their_names_only(self):
        import numpy as np
        from t2m_engine import specs

        again = [specs.make("f32[4]", "id", "x") for _ in range(2)]
        np.testing.assert_array_equal(*again)
        self.assertFalse(np.array_equal(again[0], specs.make("f32[4]", "id", "y")))

    def test_bounds_hold(self):
        from t2m_engine import specs

        self.assertTrue((specs.make("f32[1000] > 0", "s") > 0).all())
        integers = specs.make("i64[1000] < 10", "s")
        self.assertEqual((integers.min(), integers.max()), (0, 9))

    def test_expressions_are_float32_unless_they_say_otherwise(self):
        from t2m_engine import specs

        self.assertEqual(specs.make("np.array([1.0, np.nan])").dtype, "float32")
        self.assertEqual(specs.make("np.array([1.0], np.float64)").dtype, "float64")
        self.assertEqual(specs.make("np.array([1, 2])").dtype, "int64")
        self.assertEqual(specs.make("(1, 2)"), (1, 2))


if __name__ == "__main__":
    unittest.main()

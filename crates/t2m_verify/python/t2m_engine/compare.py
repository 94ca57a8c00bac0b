"""Judges what the two sides of a folder wrote: `compare FOLDER` writes report.jsonl, exit code 1 if any case failed."""

import json
import math

import numpy as np

from . import runner, store

# About ten roundings of the dtype, at magnitude one.
TOLERANCES = {"float64": 1e-7, "float32": 1e-5, "complex64": 1e-5, "float16": 1e-2, "bfloat16": 8e-2}
TRAIN_TOLERANCE = 1e-4
CHECKS = ("values", "kind", "shape", "moments", "none")


class Mismatch(Exception):
    pass


def main(folder):
    failed = 0
    sides = store.Reader(folder, "torch"), store.Reader(folder, "mlx")
    with open(folder / "report.jsonl", "w", encoding="utf-8") as report:
        for case in runner.read_cases(folder):
            error = judge(case, *sides)
            failed += error is not None
            seconds = sum(s.records.get(case["id"], {}).get("seconds", 0) for s in sides)
            report.write(json.dumps({"id": case["id"], "ok": error is None, "error": error, "seconds": round(seconds, 4)}) + "\n")
    return 1 if failed else 0


def judge(case, torch, mlx):
    """None, or what is wrong."""
    records = []
    for name, side in (("torch", torch), ("mlx", mlx)):
        record = side.records.get(case["id"])
        if record is None:
            return f"{name} side: this case was not run"
        if not record["ok"]:
            return f"{name} side: {record['error']}"
        records.append(record)
    check = case.get("check", "values")
    if check not in CHECKS:
        return f"unknown check {check!r}: one of {', '.join(CHECKS)}"
    comparison = Comparison(case, check, torch, mlx)
    try:
        if check != "none":
            if records[0]["result"]["t"] == "NoneType":
                return "torch gives None: nothing would be compared (make the result an expression with a value, or check = \"none\")"
            comparison.node(records[0]["result"], records[1]["result"], "result")
            if check != "shape" and check != "moments":
                comparison.steps(records[0]["result"])
            comparison.gradients(records[0].get("grads"), records[1].get("grads"), tied_groups(records[0]))
    except Mismatch as mismatch:
        return str(mismatch)
    return None


def tied_groups(record):
    return {k: group[0] for group in record.get("tied", []) for k in group}


class Comparison:
    def __init__(self, case, check, torch, mlx):
        self.case, self.check, self.torch, self.mlx = case, check, torch, mlx

    def node(self, a, b, at):
        if a["t"] != b["t"]:
            raise Mismatch(f"{at}: torch gives {show(a)}, mlx {show(b)}")
        kind = a["t"]
        if kind in ("array", "ndarray"):
            self.arrays(a, b, at)
        elif kind in ("seq", "dict", "set"):
            keys = [k for k, _ in a["items"]], [k for k, _ in b["items"]]
            if keys[0] != keys[1]:
                raise Mismatch(f"{at}: torch gives {show(a)}, mlx {show(b)}")
            for (key, x), (_, y) in zip(a["items"], b["items"]):
                self.node(x, y, f"{at}[{key!r}]")
        elif kind == "module":
            self.weights(a["items"], b["items"], at)
        elif kind == "float":
            self.values(np.asarray(float(a["v"])), np.asarray(float(b["v"])), self.tolerance("float32"), at)
        elif kind == "complex":
            self.values(np.asarray(complex(*map(float, a["v"]))), np.asarray(complex(*map(float, b["v"]))), self.tolerance("float32"), at)
        elif kind == "object":
            raise Mismatch(f"{at}: an object of class {a['v']} can't be compared")
        elif a["v"] != b["v"] and self.check not in ("shape", "moments"):
            raise Mismatch(f"{at}: torch gives {a['v']!r}, mlx {b['v']!r}")

    def arrays(self, a, b, at):
        if a["shape"] != b["shape"]:
            raise Mismatch(f"{at}: shape {a['shape']} from torch, {b['shape']} from mlx")
        same = kind_of(a["dtype"]) == kind_of(b["dtype"]) if self.check == "kind" else a["dtype"] == b["dtype"]
        if not same:
            raise Mismatch(f"{at}: dtype {a['dtype']} from torch, {b['dtype']} from mlx")
        if self.check == "shape":
            return
        x, y = self.torch.array(a), self.mlx.array(b)
        if self.check == "moments":
            self.moments(x, y, at)
        else:
            self.values(x, y, max(self.tolerance(a["dtype"]), self.tolerance(b["dtype"])), at)

    def tolerance(self, dtype):
        if kind_of(dtype) not in ("float", "complex"):
            return 0.0
        if "tol" in self.case:
            return self.case["tol"]
        return max(TOLERANCES.get(dtype, 1e-5), TRAIN_TOLERANCE if self.case.get("train") else 0.0)

    def values(self, x, y, tol, at):
        if not x.size:
            return
        wide = np.complex128 if "c" in (x.dtype.kind, y.dtype.kind) else np.float64 if "f" in (x.dtype.kind, y.dtype.kind) else object
        x, y = x.astype(wide), y.astype(wide)
        if wide is object:
            bad = np.asarray(x != y, bool)
            size = bad.astype(float)
        else:
            with np.errstate(all="ignore"):
                difference = np.abs(x - y)
                allowed = tol + tol * np.abs(x)
                size = difference / np.maximum(allowed, 1e-300)
                finite = np.isfinite(x) & np.isfinite(y)
                agree = (x == y) | (np.isnan(x) & np.isnan(y))
                bad = np.where(finite, difference > allowed, ~agree)
                size = np.where(finite, size, np.inf)
        if bad.any():
            worst = np.unravel_index(int(np.argmax(np.where(bad, size, -1.0))), bad.shape)
            place = [int(i) for i in worst]
            raise Mismatch(f"{at}{place if place else ''}: {x[worst]} from torch, {y[worst]} from mlx ({int(bad.sum())} of {bad.size} elements differ, tolerance {tol:g})")

    def moments(self, x, y, at):
        """Mean and standard deviation within six standard errors."""
        if x.size < 100:
            raise Mismatch(f"{at}: moments of {x.size} elements say nothing: take at least 100")
        x, y = x.astype(np.float64), y.astype(np.float64)
        spread = max(x.std(), y.std(), 1e-12)
        allowed = 6 * spread * math.sqrt(2 / x.size) + self.case.get("tol", 0.0)
        for name, p, q in (("mean", x.mean(), y.mean()), ("standard deviation", x.std(), y.std())):
            if not abs(p - q) <= allowed:
                raise Mismatch(f"{at}: {name} {p} from torch, {q} from mlx (allowed {allowed:g})")

    def weights(self, a, b, at):
        for key, node in a.items():
            if key not in b:
                raise Mismatch(f"{at}: {key} of torch was found nowhere in the MLX module")
            self.arrays(node, b[key], f"{at}.{key}")

    def steps(self, result):
        """A training case must have trained: the promised number of losses, and not all the same."""
        train = self.case.get("train")
        if not train:
            return
        items = result.get("items")
        if result["t"] != "seq" or len(items) != 2:
            raise Mismatch("the result of a training case is `(losses, model)`")
        losses = items[0][1]
        count = len(losses["items"]) if losses["t"] == "seq" else (losses.get("shape") or [0])[0]
        if count != train["steps"]:
            raise Mismatch(f"{train['steps']} steps were promised, there are {count} losses")
        if items[1][1]["t"] != "module":
            raise Mismatch("the second part of a training result is the trained module")

    def gradients(self, a, b, tied):
        if a is None and b is None:
            return
        renamed = {}
        for key, node in b.items():
            first = tied.get(key, key)
            if first in renamed:
                raise Mismatch(f"gradient of {key}: torch shares this parameter with {first}, the port keeps two")
            renamed[first] = node
        for key, node in a.items():
            if key not in renamed:
                raise Mismatch(f"gradient of {key}: torch has one, mlx none (is it trainable there?)")
            saved, self.check = self.check, "kind"
            self.arrays(node, renamed[key], f"gradient of {key}")
            self.check = saved
        extra = sorted(renamed.keys() - a.keys())
        if extra:
            raise Mismatch(f"gradient of {extra[0]}: mlx trains it, torch does not")


def kind_of(dtype):
    for kind in ("uint", "int", "complex", "bool"):
        if dtype.startswith(kind):
            return "int" if kind == "uint" else kind
    return "float"


def show(node):
    kind = node["t"]
    if kind in ("array", "ndarray"):
        name = "a tensor" if kind == "array" else "a NumPy array"
        return f"{name} {node['dtype']}{node['shape']}"
    if kind in ("seq", "set"):
        return f"a {'sequence' if kind == 'seq' else 'set'} of {len(node['items'])}"
    if kind == "dict":
        return f"a mapping with keys {[k for k, _ in node['items']]}"
    if kind == "module":
        return "a module"
    return f"{kind} {node['v']}"

"""Lays what one side gave beside what the other gave: structure, shapes, dtypes, values."""

import math

import numpy as np

# About ten roundings of the dtype, at magnitude one.
TOLERANCES = {"float64": 1e-7, "float32": 1e-5, "complex64": 1e-5, "float16": 1e-2, "bfloat16": 8e-2}
TRAIN_TOLERANCE = 1e-4
SLACK = 16  # roundings of the start that a trained weight may be away
CHECKS = ("values", "kind", "floats", "shape", "moments", "none")


class Comparison:
    """Collects every difference, in the order of the torch side."""

    def __init__(self, case, check, torch, mlx):
        self.case, self.check, self.torch, self.mlx = case, check, torch, mlx
        self.differences, self.arrays_seen = [], []
        self.scaled, self.floor = False, 0.0
        self.seen = 0  # values that were compared, of any kind
        self.nudged = {}  # what the original gives one rounding away, by the same places

    def differ(self, at, text, **facts):
        self.differences.append({"at": at, "text": text, **facts})

    def node(self, a, b, at):
        if a["t"] != b["t"]:
            return self.differ(at, f"{at}: torch gives {show(a)}, mlx {show(b)}")
        kind = a["t"]
        self.seen += kind not in ("seq", "dict", "set", "NoneType")
        if kind in ("array", "ndarray"):
            self.arrays(a, b, at)
        elif kind in ("seq", "dict", "set"):
            keys = [k for k, _ in a["items"]], [k for k, _ in b["items"]]
            if keys[0] != keys[1]:
                return self.differ(at, f"{at}: torch gives {show(a)}, mlx {show(b)}")
            for (key, x), (_, y) in zip(a["items"], b["items"]):
                self.node(x, y, f"{at}[{key!r}]")
        elif kind == "module":
            self.weights(a["items"], b["items"], at)
        elif kind == "float":
            self.values(np.asarray(float(a["v"])), np.asarray(float(b["v"])), self.tolerance("float32"), at)
        elif kind == "complex":
            self.values(np.asarray(complex(*map(float, a["v"]))), np.asarray(complex(*map(float, b["v"]))), self.tolerance("float32"), at)
        elif kind == "object":
            return self.differ(at, f"{at}: an object of class {a['v']} can't be compared")
        elif a["v"] != b["v"] and self.check not in ("shape", "moments"):
            return self.differ(at, f"{at}: torch gives {a['v']!r}, mlx {b['v']!r}")

    def arrays(self, a, b, at, slack=None):
        if a["shape"] != b["shape"]:
            return self.differ(at, f"{at}: shape {a['shape']} from torch, {b['shape']} from mlx", kind="shape", nodes=(a, b))
        kinds = kind_of(a["dtype"]), kind_of(b["dtype"])
        by_kind = self.check == "kind" or (self.check == "floats" and kinds[0] == "int")
        same = kinds[0] == kinds[1] if by_kind else a["dtype"] == b["dtype"]
        if not same:
            return self.differ(at, f"{at}: dtype {a['dtype']} from torch, {b['dtype']} from mlx", kind="dtype", nodes=(a, b))
        if self.check == "shape":
            return None
        x, y = self.torch.array(a), self.mlx.array(b)
        if self.check == "moments":
            return self.moments(x, y, at)
        if slack is None and at in self.nudged:
            slack = sensitivity(x, self.torch.array(self.nudged[at]))
        return self.values(x, y, max(self.tolerance(a["dtype"]), self.tolerance(b["dtype"])), at, (a, b), slack)

    def tolerance(self, dtype):
        if kind_of(dtype) not in ("float", "complex"):
            return 0.0
        if "tol" in self.case:
            return self.case["tol"]
        return max(TOLERANCES.get(dtype, 1e-5), TRAIN_TOLERANCE if self.case.get("train") else 0.0)

    def values(self, x, y, tol, at, nodes=None, slack=None):
        if not x.size:
            return
        bad, size, difference = apart(x, y, tol, self.absolute(x, tol) + (0.0 if slack is None else slack))
        worst = np.unravel_index(int(np.argmax(np.where(bad, size, -1.0) if bad.any() else size)), bad.shape)
        place = [int(i) for i in worst]
        facts = {"index": place, "torch": text(x[worst]), "mlx": text(y[worst]), "max": finite(np.max(difference)), "mean": finite(np.mean(difference)),
                 "count": int(bad.sum()), "size": int(bad.size), "tolerance": tol}
        self.arrays_seen.append({"at": at, **facts})
        if bad.any():
            where = f"{at}{place if place else ''}"
            said = f"{where}: {facts['torch']} from torch, {facts['mlx']} from mlx ({facts['count']} of {bad.size} elements differ, tolerance {tol:g})"
            self.differ(at, said, kind="values", nodes=nodes, **facts)

    def absolute(self, x, tol):
        """What may differ whatever a value is: text cases have values of about one; those of entries say themselves how large they are."""
        if not self.scaled or tol == 0.0:
            return tol
        finite = np.abs(x[np.isfinite(x)]) if x.dtype.kind in "fc" else np.zeros(0)
        return tol * float(finite.max(initial=0.0)) + self.floor

    def moments(self, x, y, at):
        """Mean and standard deviation within six standard errors."""
        if x.size < 100:
            return self.differ(at, f"{at}: moments of {x.size} elements say nothing: take at least 100")
        x, y = x.astype(np.float64), y.astype(np.float64)
        spread = max(x.std(), y.std(), 1e-12)
        allowed = 6 * spread * math.sqrt(2 / x.size) + (self.case.get("tol") or 0.0)
        self.arrays_seen.append({"at": at, "max": finite(abs(x.mean() - y.mean())), "mean": None, "size": x.size})
        for name, p, q in (("mean", x.mean(), y.mean()), ("standard deviation", x.std(), y.std())):
            if not abs(p - q) <= allowed:
                return self.differ(at, f"{at}: {name} {p} from torch, {q} from mlx (allowed {allowed:g})")

    def weights(self, a, b, at, slack=None):
        for key, node in a.items():
            if key not in b:
                self.differ(f"{at}.{key}", f"{at}: {key} of torch was found nowhere in the MLX module", kind="missing", key=key)
                continue
            allowed = self.torch.array(slack[key]) * SLACK if slack else None
            self.arrays(node, b[key], f"{at}.{key}", allowed)

    def steps(self, result):
        """A training case must have trained: the promised number of losses, and not all the same."""
        train = self.case.get("train")
        if not train:
            return
        items = result.get("items")
        if result["t"] != "seq" or len(items) != 2:
            return self.differ("result", "the result of a training case is `(losses, model)`")
        losses = items[0][1]
        count = len(losses["items"]) if losses["t"] == "seq" else (losses.get("shape") or [0])[0]
        if count != train["steps"]:
            return self.differ("result", f"{train['steps']} steps were promised, there are {count} losses")
        if items[1][1]["t"] != "module":
            return self.differ("result", "the second part of a training result is the trained module")

    def gradients(self, a, b, tied):
        if a is None and b is None:
            return
        renamed = {}
        for key, node in b.items():
            first = tied.get(key, key)
            if first in renamed:
                self.differ(f"gradient of {key}", f"gradient of {key}: torch shares this parameter with {first}, the port keeps two", kind="untied", key=key)
                continue
            renamed[first] = node
        saved, self.check = self.check, "kind"
        for key, node in a.items():
            if key not in renamed:
                said = f"gradient of {key}: torch has one, mlx none (is it trainable there?)"
                self.differ(f"gradient of {key}", said, kind="frozen", key=key)
            else:
                self.arrays(node, renamed[key], f"gradient of {key}")
        self.check = saved
        for key in sorted(renamed.keys() - a.keys()):
            self.differ(f"gradient of {key}", f"gradient of {key}: mlx trains it, torch does not", kind="trained", key=key)


def sensitivity(x, nudged):
    """How far a few roundings of what goes in move an array."""
    if x.shape != nudged.shape or x.dtype.kind not in "fc" or not x.size:
        return None
    with np.errstate(all="ignore"):
        moved = np.abs(x.astype(np.float64) - nudged)
    return SLACK * float(np.max(moved[np.isfinite(moved)], initial=0.0))


def places(node, at):
    """{place: node} of the arrays below a node, as `Comparison.node` names them."""
    if node["t"] in ("array", "ndarray"):
        return {at: node}
    if node["t"] not in ("seq", "dict", "set"):
        return {}
    return {place: leaf for key, child in node["items"] for place, leaf in places(child, f"{at}[{key!r}]").items()}


def apart(x, y, relative, absolute):
    """`(which elements differ, by how many tolerances, by how much)`. NaN equals NaN, infinities agree in sign."""
    wide = np.complex128 if "c" in (x.dtype.kind, y.dtype.kind) else np.float64 if "f" in (x.dtype.kind, y.dtype.kind) else object
    x, y = x.astype(wide), y.astype(wide)
    if wide is object:
        bad = np.asarray(x != y, bool)
        return bad, bad.astype(float), np.abs(x.astype(np.float64) - y.astype(np.float64))
    with np.errstate(all="ignore"):
        difference = np.abs(x - y)
        allowed = absolute + relative * np.abs(x)
        size = difference / np.maximum(allowed, 1e-300)
        finite = np.isfinite(x) & np.isfinite(y)
        agree = (x == y) | (np.isnan(x) & np.isnan(y))
        bad = np.where(finite, difference > allowed, ~agree)
        size = np.where(finite, size, np.where(agree, 0.0, np.inf))
        difference = np.where(finite, difference, np.where(agree, 0.0, np.inf))
    return bad, size, difference


def finite(number):
    """JSON has no infinity."""
    return float(number) if math.isfinite(number) else None


def text(value):
    if np.asarray(value).dtype.kind != "f":
        return str(value)
    short = f"{value:.9g}"
    return short + ".0" if short.lstrip("-").isdigit() else short


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

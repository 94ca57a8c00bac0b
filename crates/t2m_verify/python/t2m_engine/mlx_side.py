"""Runs the MLX text of every case where torch can't be imported, with the weights that the torch side shipped."""

import importlib
import importlib.metadata
import importlib.util
import itertools
import math
import os
import pathlib
import sys

import numpy as np

from . import checkpoints, compiled, flow, runner, specs, store
from .mlx_entries import MlxEntries

HELPERS = pathlib.Path(os.environ.get("T2M_HELPERS") or runner.PROGRAM / "t2m_helpers")  # what generated modules are made from
FORBIDDEN = {"torch", "torchvision", "torchaudio", "torchgen", "functorch"}


def is_port(folders):
    """Whether a package is a port: torchvision may be what was ported, and then it holds a helper module."""
    return any(os.path.exists(os.path.join(folder, "mlx_compat.py")) for folder in folders or ())


def is_forbidden(name):
    """Whether a package of PyTorch is there."""
    return name in sys.modules and not is_port(getattr(sys.modules[name], "__path__", None))


class Hiding:
    """A finder that does not see PyTorch: a port must run where it is not installed."""

    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        top, _, inner = name.partition(".")
        spec = self.finder.find_spec(name, path, target)
        if top not in FORBIDDEN:
            return spec
        folders = getattr(sys.modules.get(top), "__path__", None) if inner else spec and spec.submodule_search_locations
        return spec if is_port(folders) else None

    def find_distributions(self, context=importlib.metadata.DistributionFinder.Context()):
        find = getattr(self.finder, "find_distributions", None)
        return (found for found in find(context) if found.metadata["Name"] not in FORBIDDEN) if find else ()


def setup(folder):
    sys.meta_path[:] = [Hiding(finder) for finder in sys.meta_path]
    return MlxSide(store.Reader(folder, "torch"))


class MlxSide(MlxEntries):
    name = "mlx"

    def __init__(self, shipped):
        import mlx.core as mx
        import mlx.nn as nn
        import mlx.optimizers as optim
        from mlx.utils import tree_flatten

        mx.set_default_device(mx.cpu)
        self.mx, self.nn, self.optim, self.tree_flatten = mx, nn, optim, tree_flatten
        self.shipped = shipped
        self.construction = runner.Construction(nn.Module, self.created)
        self.lazy = []
        self.compat, self.compat_error = None, None
        try:
            self.compat = import_helpers()
        except Exception as error:  # only the cases that use it fail
            self.compat_error = runner.describe(error)

    # What `store.encode` asks of a side.

    def array(self, value):
        if not isinstance(value, self.mx.array):
            return None
        name = dtype_name(value.dtype)
        return np.array(value.astype(self.mx.float32) if name == "bfloat16" else value), name

    def is_float(self, value):
        return isinstance(value, self.mx.array) and self.mx.issubdtype(value.dtype, self.mx.floating)

    def is_module(self, value):
        return isinstance(value, self.nn.Module)

    def dtype_name(self, value):
        return dtype_name(value) if isinstance(value, self.mx.Dtype) else None

    def final_state(self, module):
        if self.case.get("entry"):
            return self.state(module)
        keys = self.keys.get(id(module))
        if keys is None:
            raise ValueError("the result holds a module whose weights were not loaded by the harness: name it with `model`")
        leaves = [(*keys[path], self.array(leaf)) for path, leaf in self.tree_flatten(module.parameters()) if path in keys]
        state = {key: (values.transpose(axes), dtype) for key, axes, (values, dtype) in leaves}
        for group in self.tied[id(module)]:  # one array here, several keys there
            held = [key for key in group if key in state]
            state.update({key: state[held[0]] for key in group if held and key not in state})
        return state

    # One case.

    def run(self, case, writer):
        mx = self.mx
        torch_record = self.shipped.records.get(case["id"])
        if torch_record is None or not torch_record["ok"]:
            raise RuntimeError("not run: the torch side failed")
        if case.get("entry"):
            return flow.Flow(self, case, writer, (self.shipped, torch_record)).run()
        mx.random.seed(0)
        mx.set_default_device(mx.cpu)
        if not case.get("path_mlx"):
            # Text without a folder of its own imports from the generated module; the helpers are what that is made from.
            sys.modules["mlx_compat"] = self.compat
        elif sys.modules.get("mlx_compat") is self.compat:
            sys.modules.pop("mlx_compat", None)
        self.case, self.keys, self.tied, self.alive, self.torch_record = case, {}, {}, [], torch_record
        env = dict(__name__="__case__", mx=mx, nn=self.nn, optim=self.optim, np=np, math=math, steps=(case.get("train") or {}).get("steps"))
        if self.compat is not None:
            env["compat"] = self.compat
        elif "compat." in case["mlx"] + (case.get("setup_mlx") or ""):
            raise ImportError(f"the helpers can't be imported: {self.compat_error}")
        plain = dict(env)
        inputs = self.inputs(case)
        env.update(inputs)
        wanted = specs.grads_of(case)
        texts, model = runner.Texts(case, "mlx"), None
        if case.get("model"):
            model = texts.make(case["model"], env)
            self.load(model, torch_record)
            body = lambda: texts.run(env)
        elif case.get("weights") == "own":
            body = lambda: texts.run(env)
        else:
            body = lambda: self.anonymous(texts, env)
        record = {}
        if wanted:
            result, grads = self.gradients(body, env, {k: inputs[k] for k in wanted if k != "parameters"}, model if "parameters" in wanted else None)
            record["grads"] = {k: writer.array(v) for k, v in grads.items()}
        else:
            result = body()
        record["result"] = store.encode(result, self, writer)
        if "reads" in case:
            record["reads"] = compiled.reads_values(mx, self.inputs(case), lambda traced: runner.Texts(case, "mlx").run({**plain, **traced}))
        if any(is_forbidden(name) for name in FORBIDDEN):
            raise RuntimeError("torch was imported")
        return record

    def inputs(self, case):
        return {k: specs.map_tree(specs.make(v, case["id"], k), self.to_array) for k, v in (case.get("inputs") or {}).items()}

    def to_array(self, value):
        if isinstance(value, specs.Bf16):
            return self.mx.array(value.values).astype(self.mx.bfloat16)
        if value.dtype == np.float64:
            return self.mx.array(value.tolist(), self.mx.float64).reshape(value.shape)
        return self.mx.array(value)

    # Weights.

    def anonymous(self, texts, env):
        """Runs an example whose modules have no name: they get the shipped states in the order of creation."""
        self.count, self.lazy = 0, []
        with self.construction.watching():
            result = texts.run(env)
        expected = len(self.torch_record["created"])
        if self.count != expected:
            raise ValueError(f"torch created {expected} modules with weights, the port {self.count}: their weights can't be matched")
        return result

    def created(self, module):
        if any(module is lazy for lazy in self.lazy) or not self.tree_flatten(module.parameters()):
            return
        if hasattr(module, "_take_shape"):  # it is constructed again when it is called
            self.lazy.append(module)
        states = self.torch_record["created"]
        if self.count >= len(states):
            raise ValueError(f"torch created {len(states)} modules with weights, the port more: their weights can't be matched")
        if states[self.count] is not None:
            self.load(module, states[self.count])
        self.count += 1

    def load(self, module, shipped):
        """Loads a shipped state by PyTorch's keys, and learns which leaf of the MLX tree holds which key."""
        state = {k: self.shipped_array(node) for k, node in shipped["state"].items()}
        if self.case.get("convert"):
            checkpoints.load(self, module, state, self.case["convert"])
        else:
            self.loader()(module, dict(state))
        self.alive.append(module)  # ids are only unique among living objects
        self.keys[id(module)] = self.match(module, state)
        self.tied[id(module)] = shipped["tied"]

    def shipped_array(self, node):
        values = self.shipped.array(node)
        array = self.to_array(values) if values.dtype != bool else self.mx.array(values)
        return array.astype(self.mx.bfloat16) if node["dtype"] == "bfloat16" else array

    def loader(self, name="load_state_dict"):
        """`load_state_dict`, or another helper, of the port's own generated module, else of the helpers it is made from."""
        for place, module in list(sys.modules.items()):
            if module not in (None, self.compat) and place.rpartition(".")[2] == "mlx_compat" and hasattr(module, name):
                return getattr(module, name)
        if self.compat is None:
            raise ImportError(f"the helpers can't be imported: {self.compat_error}")
        return getattr(self.compat, name)

    def match(self, module, state):
        """{path in the MLX tree: (PyTorch key, axes)}, by value: shipped values are random, so equal values are the same weight.

        `axes` transposes the MLX leaf back to PyTorch's layout: native convolutions keep their channels last."""
        free = {k: np.array(v.astype(self.mx.float32)) for k, v in state.items()}
        found = {}
        for path, leaf in self.tree_flatten(module.parameters()):
            value = np.array(leaf.astype(self.mx.float32))
            tail = path.rpartition(".")[2]
            hits = [(k, axes) for k, v in free.items() if (axes := axes_between(value, v)) is not None]
            if hits:
                found[path] = next((hit for hit in hits if hit[0].rpartition(".")[2] == tail), hits[0])
                del free[found[path][0]]
        return found

    # Gradients.

    def gradients(self, body, env, inputs, model):
        mx, kept = self.mx, {}
        before = model.parameters() if model is not None else None

        def total(tree):
            env.update(tree["inputs"])
            if model is not None:
                model.update(tree["parameters"])
            kept["result"] = body()
            outputs = store.float_leaves(kept["result"], self)
            if not outputs:
                raise ValueError("gradients were asked for, but the result has no float array")
            return sum((o.astype(mx.float32) * mx.array(specs.cotangent(self.case, i, o.shape))).sum() for i, o in enumerate(outputs))

        tree = {"inputs": inputs, "parameters": model.trainable_parameters() if model is not None else {}}
        _, grads = mx.value_and_grad(total)(tree)
        if model is not None:
            model.update(before)
        named = {f"input {k}": self.array(v)[0] for k, v in grads["inputs"].items()}
        if model is not None:
            keys, places = self.keys[id(model)], {}
            for path, grad in self.tree_flatten(grads["parameters"]):
                values = self.array(grad)[0]
                # One module under two paths has one weight: the gradient arrives under the last of them.
                first = places.setdefault(place_of(model, path), path)
                if first != path:
                    key, axes = keys.get(first, (None, None))
                    if key in named:
                        named[key] = named[key] + values.transpose(axes)
                    continue
                key, axes = keys.get(path, (f"{path} (an MLX name)", range(values.ndim)))
                named[key] = values.transpose(axes)
        return kept["result"], named


def place_of(module, path):
    """Where the array of a path is held: the module, list or dict that has it, and its name there."""
    *parents, name = path.split(".")
    holder = module
    for part in parents:
        holder = holder[int(part)] if isinstance(holder, (list, tuple)) else holder[part]
    return id(holder), name


def axes_between(value, wanted):
    """The axes that turn `value` into `wanted`, None if there are none."""
    if sorted(value.shape) != sorted(wanted.shape):
        return None
    candidates = itertools.permutations(range(value.ndim)) if 2 < value.ndim <= 5 else [tuple(range(value.ndim))]
    for axes in candidates:
        turned = value.transpose(axes)
        if turned.shape == wanted.shape and np.array_equal(turned, wanted, equal_nan=True):
            return axes
    return None


def dtype_name(dtype):
    return str(dtype).removeprefix("mlx.core.").removesuffix("_")


def import_helpers():
    """The package `mappings/helpers` under the name that row texts use."""
    if not (HELPERS / "__init__.py").exists():
        raise ImportError(f"{HELPERS / '__init__.py'} doesn't exist")
    spec = importlib.util.spec_from_file_location("compat", HELPERS / "__init__.py", submodule_search_locations=[str(HELPERS)])
    module = importlib.util.module_from_spec(spec)
    sys.modules["compat"] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules["compat"]
        raise
    return module

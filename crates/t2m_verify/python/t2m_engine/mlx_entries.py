"""What `flow` asks of the MLX side: how a port's model gets the shipped weights, is called, differentiated and looked at."""

import contextlib
import functools
import math
import random
import sys

import numpy as np

from . import specs, store

DROPOUTS = ("dropout", "feature_dropout", "dropout1d", "dropout3d", "alpha_dropout")


class MlxEntries:
    """A part of `MlxSide`."""

    call_name = "__call__"

    def begin(self, case):
        mx = self.mx
        mx.set_default_device(mx.cpu)
        sys.modules.pop("mlx_compat", None)
        self.case, self.alive, self.dropped = case, [], False
        if self.compat is None:
            raise ImportError(f"the helpers can't be imported: {self.compat_error}")
        self.seed(case)

    def seed(self, case):
        self.mx.random.seed(case["seed"])
        random.seed(case["seed"])
        np.random.seed(case["seed"] % 2**32)

    def env(self):
        return dict(mx=self.mx, nn=self.nn, np=np, math=math, optim=self.optim, compat=self.compat)

    def watch(self, places):
        undo = [places.watch(base) for base in (self.nn.Module, self.optim.Optimizer)]
        return lambda: [back() for back in undo]

    def dropout_off(self):
        """Layers of MLX stop dropping here, helpers of the port when its modules are set to a mode."""
        for name in ("Dropout", "Dropout2d", "Dropout3d"):
            setattr(getattr(self.nn, name), "__call__", lambda module, x: x)

    def set_training(self, model, training):
        model.train(training)
        self.still_helpers()

    def still_helpers(self):
        identity = lambda input, *args, **kwargs: input
        for name, module in list(sys.modules.items()):
            if module is not None and name.rpartition(".")[2].startswith("mlx_compat"):
                for function in DROPOUTS:
                    if hasattr(module, function):
                        setattr(module, function, identity)

    def random_state(self):
        return None

    def without_gradients(self):
        return contextlib.nullcontext()

    def wait(self, value):
        self.mx.eval([leaf for leaf in arrays_in(value, self)])

    def release(self):
        """Buffers that MLX keeps for later."""
        self.mx.clear_cache()

    def array_like(self, value):
        return isinstance(value, self.mx.array)

    def tensor(self, value):
        return self.to_array(value)

    def from_shipped(self, values, dtype):
        array = self.to_array(np.array(values))
        return array.astype(self.mx.bfloat16) if dtype == "bfloat16" else array

    def named_modules(self, model):
        """By PyTorch's paths, as far as the original has them: a port may have renamed an attribute."""
        found = [("", model)]
        for path in self.paths_shipped:
            slot = self.slot(model, path, self.nn.Module) if path else None
            if slot is not None:
                found.append((path, slot[1][slot[2]]))
        known = {id(module) for _, module in found}
        return found + [(path, module) for path, module in self.compat.named_modules(model) if id(module) not in known]

    def slot(self, model, key, kind):
        """(owner, holder, name) of what PyTorch calls `key`, found as the loader finds it."""
        return sys.modules["compat.state_dict"]._resolve(model, model, key.split("."), kind)

    def adopt(self, model, other):
        """The weights of the original, through the loader that users call; then which leaf holds which key."""
        self.paths_shipped = list(other.get("modules", {}))
        self.state_shipped = {k: self.shipped_array(node) for k, node in other["state"].items()}
        self.alive.append(model)
        self.reload(model)

    def reload(self, model, small=False):
        state = dict(self.state_shipped)
        if small:
            floats = {k: v for k, v in state.items() if self.is_float(v)}
            state.update({k: (v * specs.smaller(k, v.ndim)).astype(v.dtype) for k, v in floats.items()})
        self.loader()(model, state)

    def constants(self, model):
        """All buffers that the port has; the original says which of them no state holds."""
        return {k: self.array(v) for k, v in self.compat.named_buffers(model)}

    def keys_of(self, model):
        """{path in the MLX tree: (PyTorch key, axes)}; `axes` turns the leaf into PyTorch's layout."""
        names = {}
        for key in self.state_shipped:
            slot = self.slot(model, key, self.mx.array)
            if slot is None:
                continue
            owner, holder, name = slot
            names.setdefault(id(holder[name]), (key, self.axes(owner, name, holder[name].ndim)))
        return {path: names[id(leaf)] for path, leaf in self.tree_flatten(model.parameters()) if id(leaf) in names}

    def axes(self, owner, name, ndim):
        """Which axes of a leaf are those of PyTorch's layout, in its order: sizes that all differ show it."""
        sizes = tuple(range(2, 2 + ndim))
        turned = self.to_torch_layout(owner, name, self.mx.zeros(sizes)).shape
        return [sizes.index(n) for n in turned]

    def to_torch_layout(self, owner, name, array):
        return sys.modules["compat.state_dict"]._to_torch_layout(owner, name, array)

    def after_first_step(self, model):
        pass

    def state(self, model):
        """The float entries of the state, by PyTorch's keys and in its layouts."""
        found = {}
        for key in self.state_shipped:
            slot = self.slot(model, key, self.mx.array)
            if slot is not None and self.mx.issubdtype(slot[1][slot[2]].dtype, self.mx.floating):
                owner, holder, name = slot
                found[key] = self.array(self.to_torch_layout(owner, name.rstrip("_") if isinstance(name, str) else name, holder[name]))
        return found

    def buffers(self, model, other):
        state = self.state(model)
        return {k: state[k] for k in other["after"]["items"] if k in state}

    def entry_gradients(self, flow):
        if "grads" not in flow.other:
            return None
        mx, model, values = self.mx, flow.model, flow.values
        floats = {k: v for k, v in values.items() if self.is_float(v)}
        keys = self.keys_of(model) if model is not None else {}
        before = model.parameters() if model is not None else None

        def total(tree):
            if model is not None:
                model.update(tree["parameters"])
            outputs = store.float_leaves(flow.call_once({**values, **tree["inputs"]}), self)
            return sum((o.astype(mx.float32) * mx.array(specs.cotangent(flow.case, i, o.shape))).sum() for i, o in enumerate(outputs))

        tree = {"inputs": floats, "parameters": model.trainable_parameters() if model is not None else {}}
        _, grads = mx.value_and_grad(total)(tree)
        if model is not None:
            model.update(before)
        named = {f"input {k}": self.array(v)[0] for k, v in grads["inputs"].items()}
        for path, grad in self.tree_flatten(grads["parameters"]):
            values = self.array(grad)[0]
            key, axes = keys.get(path, (f"{path} (an MLX name)", range(values.ndim)))
            # One module under two paths has one weight: its gradient arrives under one of them.
            named[key] = named.get(key, 0) + values.transpose(axes)
        return named

    @contextlib.contextmanager
    def calls_traced(self, model, trace):
        """`__call__` belongs to classes, so each class in the model gets one that looks whose call it is."""
        classes = {type(m) for _, m in self.named_modules(model) if callable(m)} if model is not None else ()
        own = {cls: cls.__dict__.get("__call__") for cls in classes}
        gradients = self.mx.value_and_grad, self.nn.value_and_grad
        for cls in classes:
            cls.__call__ = traced_call(cls.__call__, trace)
        self.mx.value_and_grad = lambda fun, *args, **kwargs: seen_first(fun, gradients[0](fun, *args, **kwargs), trace)
        self.nn.value_and_grad = lambda model, fun: seen_first(fun, gradients[1](model, fun), trace)
        try:
            yield
        finally:
            self.mx.value_and_grad, self.nn.value_and_grad = gradients
            for cls, call in own.items():
                if call is None:
                    del cls.__call__
                else:
                    cls.__call__ = call


def traced_call(original, trace):
    @functools.wraps(original)
    def call(module, *args, **kwargs):
        if trace.paused or id(module) not in trace.paths or trace.inside(module):
            return original(module, *args, **kwargs)
        trace.enter(module, args, kwargs)
        output = original(module, *args, **kwargs)
        trace.leave(module, output)
        return output

    call._original = getattr(original, "_original", original)
    return call


def seen_first(function, differentiated, trace):
    """Under a gradient arrays have no values yet: the function runs once by itself to be looked at."""

    def run(*args, **kwargs):
        if not trace.paused:
            function(*args, **kwargs)
        with trace.pause():
            return differentiated(*args, **kwargs)

    return run


def arrays_in(value, side):
    if side.array_like(value):
        return [value]
    if side.is_module(value) or isinstance(value, str):
        return []
    parts = store.parts_of(value)
    return [leaf for _, child in parts[1] for leaf in arrays_in(child, side)] if parts else []

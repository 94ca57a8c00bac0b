"""Runs the PyTorch text of every case and ships weights, results and gradients to the other side."""

import contextlib
import math
import random

import numpy as np

from . import flow, runner, specs, store, weights


def setup(folder):
    return TorchSide()


class TorchSide:
    name = "torch"

    def __init__(self):
        import torch

        torch.set_num_threads(1)  # the same sums in the same order on every machine
        self.torch = torch
        self.construction = runner.Construction(torch.nn.Module, self.created)

    # What `store.encode` asks of a side.

    def array(self, value):
        if not isinstance(value, self.torch.Tensor):
            return None
        return self.numpy(value), str(value.dtype).removeprefix("torch.")

    def numpy(self, tensor):
        tensor = tensor.detach().resolve_conj().resolve_neg()
        return (tensor.float() if tensor.dtype == self.torch.bfloat16 else tensor).numpy().copy()

    def is_float(self, value):
        return isinstance(value, self.torch.Tensor) and value.is_floating_point()

    def is_module(self, value):
        return isinstance(value, self.torch.nn.Module)

    def dtype_name(self, value):
        return str(value).removeprefix("torch.") if isinstance(value, self.torch.dtype) else None

    def final_state(self, module):
        return {k: self.array(v) for k, v in module.state_dict().items() if v.is_floating_point()}

    # One case.

    def run(self, case, writer):
        if case.get("entry"):
            return flow.Flow(self, case, writer).run()
        torch = self.torch
        torch.manual_seed(0)
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
        env = dict(__name__="__case__", torch=torch, nn=torch.nn, F=torch.nn.functional, np=np, math=math, init=torch.nn.init, optim=torch.optim)
        env["steps"] = (case.get("train") or {}).get("steps")
        wanted = specs.grads_of(case)
        leaves = {}
        for name, spec in (case.get("inputs") or {}).items():
            value = specs.map_tree(specs.make(spec, case["id"], name), self.tensor)
            if name in wanted:
                leaves[name] = value.requires_grad_()
                value = leaves[name].clone()  # in-place operations are not allowed on leaves
            env[name] = value
        self.case, self.writer, self.count, record = case, writer, 0, {"created": []}
        self.record = record
        with contextlib.nullcontext() if case.get("model") else self.construction.watching():
            texts, model = runner.Texts(case, "torch"), None
            if case.get("model"):
                model = texts.make(case["model"], env)
                record["state"], record["tied"] = self.fill(model, case["model"])
            result = texts.run(env)
        if wanted:
            record["grads"] = self.gradients(case, result, leaves, model if "parameters" in wanted else None)
        record["result"] = store.encode(result, self, writer)
        return record

    def tensor(self, value):
        if isinstance(value, specs.Bf16):
            return self.torch.from_numpy(value.values.copy()).to(self.torch.bfloat16)
        return self.torch.from_numpy(np.array(value, copy=True))

    # Weights.

    def created(self, module):
        if any(True for _ in module.parameters()) or any(True for _ in module.buffers()):
            state, tied = self.fill(module, f"#{self.count}")
            self.count += 1
            self.record["created"].append({"state": state, "tied": tied})

    def fill(self, module, name):
        weights.fill(module, (self.case["id"], name))
        return self.ship(module)

    def ship(self, module):
        """The state as records hold it, and the groups of keys that are one tensor."""
        return {k: self.writer.array(*self.array(v)) for k, v in module.state_dict().items()}, weights.tied(module)

    # Gradients.

    def gradients(self, case, result, leaves, model):
        outputs = store.float_leaves(result, self)
        if not outputs:
            raise ValueError("gradients were asked for, but the result has no float tensor")
        total = sum((o.float() * self.torch.from_numpy(specs.cotangent(case, i, o.shape))).sum() for i, o in enumerate(outputs))
        total.backward()
        grads = {f"input {k}": self.grad(v) for k, v in leaves.items()}
        if model is not None:
            grads.update({k: self.grad(p) for k, p in model.named_parameters() if p.requires_grad})
        return {k: self.writer.array(v) for k, v in grads.items()}

    def grad(self, tensor):
        return self.numpy(tensor.grad if tensor.grad is not None else self.torch.zeros_like(tensor))

    # Entries: what `flow` asks of a side.

    call_name = "forward"

    def begin(self, case):
        torch = self.torch
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
        self.case, self.dropped, self.first_gradients = case, False, []
        self.seed(case)

    def seed(self, case):
        self.torch.manual_seed(case["seed"])
        random.seed(case["seed"])
        np.random.seed(case["seed"] % 2**32)

    def env(self):
        torch = self.torch
        return dict(torch=torch, nn=torch.nn, F=torch.nn.functional, np=np, math=math, optim=torch.optim)

    def watch(self, places):
        undo = [places.watch(base) for base in (self.torch.nn.Module, self.torch.optim.Optimizer)]
        return lambda: [back() for back in undo]

    def dropout_off(self):
        """Functions stop dropping from here on; modules follow when they are set to a mode."""
        functional = self.torch.nn.functional

        def identity(input, p=0.5, training=True, inplace=False):
            self.dropped |= bool(p and training)
            return input

        for name in DROPOUTS:
            setattr(functional, name, identity)
        for name in ("dropout", "feature_dropout", "alpha_dropout"):
            setattr(self.torch, name, identity)
        if not hasattr(functional.scaled_dot_product_attention, "_original"):
            attention = functional.scaled_dot_product_attention

            def without(query, key, value, attn_mask=None, dropout_p=0.0, *args, **kwargs):
                return attention(query, key, value, attn_mask, 0.0, *args, **kwargs)

            without._original = attention
            functional.scaled_dot_product_attention = without

    def set_training(self, model, training):
        model.train(training)
        for module in model.modules():
            if isinstance(module, self.torch.nn.modules.dropout._DropoutNd):
                self.dropped |= training and module.p > 0
                module.p = 0.0
            elif isinstance(module, self.torch.nn.RNNBase):
                self.dropped |= training and module.dropout > 0
                module.dropout = 0.0

    def random_state(self):
        return self.torch.get_rng_state().numpy().tobytes()

    def without_gradients(self):
        return self.torch.no_grad()

    def wait(self, value):
        pass

    def release(self):
        pass

    def array_like(self, value):
        return isinstance(value, self.torch.Tensor)

    def from_shipped(self, values, dtype):
        tensor = self.torch.from_numpy(np.array(values))
        return tensor.to(self.torch.bfloat16) if dtype == "bfloat16" else tensor

    def named_modules(self, model):
        return list(model.named_modules())

    def prepare_weights(self, model, case, writer):
        self.writer = writer
        if case.get("weights"):
            weights.load(model, case["weights"])
        else:
            weights.fill(model, (case["seed"],), only_constant=True)
        self.initial = {k: v.detach().clone() for k, v in model.state_dict().items()}
        return self.ship(model)

    def constants(self, model):
        """Buffers that no state holds: masks, tables."""
        state = model.state_dict()
        return {k: self.array(v) for k, v in model.named_buffers() if k not in state}

    def reload(self, model, nudged=False, small=False):
        """The weights of the start; nudged, each one a rounding away from it."""
        with self.torch.no_grad():
            for key, value in model.state_dict(keep_vars=True).items():
                start = self.initial[key]
                if small and start.is_floating_point():
                    start = start * specs.smaller(key, start.dim())
                value.copy_(self.rounded(key, start) if nudged and start.is_floating_point() else start)
        model.zero_grad()

    def nudged(self, values):
        return {k: self.rounded(k, v) if self.is_float(v) else v for k, v in values.items()}

    def rounded(self, key, tensor):
        """Each element a rounding of float32 up or down, or as it is."""
        signs = self.torch.from_numpy(specs.rng("nudge", key).integers(-1, 2, tuple(tensor.shape)).astype("float32"))
        return (tensor * (1 + signs * 2.0**-23)).to(tensor.dtype)

    def after_first_step(self, model):
        """Keeps the gradients of each run's first step."""
        self.first_gradients.append({k: self.grad(p) for k, p in model.named_parameters() if p.grad is not None})

    def noise(self):
        """{parameter: which of its elements have a gradient that is rounding alone}. Adam makes full steps of those, in any direction."""
        runs = self.first_gradients[:2]
        if len(runs) < 2:
            return {}
        return {k: abs(a - runs[1][k]) > 0.02 * abs(a) for k, a in runs[0].items() if k in runs[1]}

    def state(self, model):
        return self.final_state(model)

    def buffers(self, model, other):
        names = {k for k, _ in model.named_buffers()}
        return {k: v for k, v in self.final_state(model).items() if k in names}

    def entry_gradients(self, flow):
        leaves, values = {}, dict(flow.values)
        for name, value in flow.values.items():
            if self.is_float(value):
                leaves[name] = value.clone().requires_grad_()
                values[name] = leaves[name].clone()
        outputs = store.float_leaves(flow.call_once(values), self)
        if not any(o.requires_grad for o in outputs):
            return None
        total = sum((o.float() * self.torch.from_numpy(specs.cotangent(flow.case, i, o.shape))).sum() for i, o in enumerate(outputs))
        total.backward()
        grads = {f"input {k}": self.grad(v) for k, v in leaves.items()}
        if flow.model is not None:
            grads.update({k: self.grad(p) for k, p in flow.model.named_parameters() if p.requires_grad})
        return grads

    @contextlib.contextmanager
    def calls_traced(self, model, trace):
        hooks = []
        for module in model.modules() if model is not None else ():
            hooks.append(module.register_forward_pre_hook(lambda m, args, kwargs: trace.enter(m, args, kwargs), with_kwargs=True))
            hooks.append(module.register_forward_hook(lambda m, args, kwargs, output: trace.leave(m, output), with_kwargs=True))
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()


DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")

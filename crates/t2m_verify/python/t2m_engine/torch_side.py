"""Runs the PyTorch text of every case and ships weights, results and gradients to the other side."""

import contextlib
import math

import numpy as np

from . import runner, specs, store


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
        torch = self.torch
        torch.manual_seed(0)
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
        env = dict(__name__="__case__", torch=torch, nn=torch.nn, F=torch.nn.functional, np=np, math=math, init=torch.nn.init, optim=torch.optim)
        env["steps"] = (case.get("train") or {}).get("steps")
        wanted = grads_of(case)
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
        """Seeded values into every parameter and float buffer: zeros and ones hide mistakes. Returns the shipped state."""
        torch = self.torch
        with torch.no_grad():
            for key, tensor in module.named_parameters():
                r = specs.rng(self.case["id"], name, key)
                if isinstance(tensor, torch.nn.parameter.UninitializedTensorMixin):
                    raise ValueError(f"{key} has no shape yet: call the lazy module in the setup")
                self.put(tensor, r, scale=(tensor.shape[0] / max(tensor.numel(), 1)) ** 0.5 if tensor.dim() > 1 else None)
            persistent = module.state_dict(keep_vars=True)
            for key, tensor in module.named_buffers():
                constant = tensor.is_floating_point() and tensor.numel() and bool((tensor == tensor.flatten()[0]).all())
                # A buffer with structure (a mask, a table) is part of the program; a constant one is a start value.
                if key in persistent and constant and bool(tensor.isfinite().all()):
                    self.put(tensor, specs.rng(self.case["id"], name, key), positive=key.endswith("var"))
        first = {}
        for key, tensor in module.state_dict(keep_vars=True).items():
            first.setdefault(id(tensor), []).append(key)
        tied = [keys for keys in first.values() if len(keys) > 1]
        return {k: self.writer.array(*self.array(v)) for k, v in module.state_dict().items()}, tied

    def put(self, tensor, r, scale=None, positive=False):
        """Matrices by their fan-in; anything smaller is moved away from where it starts."""
        noise = r.standard_normal(tuple(tensor.shape))
        if tensor.is_complex():
            noise = noise + 1j * r.standard_normal(tuple(tensor.shape))
        if scale is not None:
            values = self.torch.from_numpy(np.asarray(noise * scale))
        else:
            start = float(tensor.real.float().mean()) if tensor.numel() else 0.0
            values = self.torch.from_numpy(np.asarray(start + 0.3 * (np.abs(noise) if positive else noise)))
        tensor.copy_(values.to(tensor.dtype))

    # Gradients.

    def gradients(self, case, result, leaves, model):
        outputs = store.float_leaves(result, self)
        if not outputs:
            raise ValueError("gradients were asked for, but the result has no float tensor")
        total = sum((o.float() * self.torch.from_numpy(cotangent(case, i, o.shape))).sum() for i, o in enumerate(outputs))
        total.backward()
        grads = {f"input {k}": self.grad(v) for k, v in leaves.items()}
        if model is not None:
            grads.update({k: self.grad(p) for k, p in model.named_parameters() if p.requires_grad})
        return {k: self.writer.array(v) for k, v in grads.items()}

    def grad(self, tensor):
        return self.numpy(tensor.grad if tensor.grad is not None else self.torch.zeros_like(tensor))


def grads_of(case):
    wanted = case.get("grad") or []
    return [wanted] if isinstance(wanted, str) else wanted


def cotangent(case, index, shape):
    return np.asarray(specs.rng(case["id"], "cotangent", index).standard_normal(tuple(shape)), np.float32)

"""Runs the PyTorch text of every case and ships weights, results and gradients to the other side."""

import contextlib
import math

import numpy as np

from . import flow, runner, specs, store, weights
from .torch_entries import TorchEntries


def setup(folder):
    return TorchSide()


class TorchSide(TorchEntries):
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
        with contextlib.nullcontext() if case.get("model") or case.get("weights") == "own" else self.construction.watching():
            texts, model = runner.Texts(case, "torch"), None
            if case.get("model"):
                model = texts.make(case["model"], env)
                record["state"], record["tied"] = self.fill(model, case["model"])
                if case.get("convert"):
                    torch.save(model.state_dict(), case["convert"]["checkpoint"])
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
        if weights.is_lazy(module):  # the program fills it, after a call
            self.count += 1
            self.record["created"].append(None)
        elif module.state_dict():
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

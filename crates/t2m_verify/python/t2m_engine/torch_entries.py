"""What `flow` asks of the torch side: how an entry's model is set up, called, differentiated and looked at."""

import contextlib
import math
import random

import numpy as np

from . import specs, store, weights

DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")


class TorchEntries:
    """A part of `TorchSide`."""

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

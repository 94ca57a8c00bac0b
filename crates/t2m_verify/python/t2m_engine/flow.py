"""One entry on one side, step by step: find, construct, weights, inputs, call, buffers, gradients, cost, and the trace where it is asked for.

The steps are the same on both sides; what differs between the frameworks is asked of the side."""

import numpy as np

from . import entries, inputs, proposals, store, training
from .cost import Memory, measure
from .places import Places
from .stages import Stop, stage, summary
from .tracing import Trace

DRAWS = 24  # calls whose outputs stand for the distribution of a random program


class Flow:
    def __init__(self, side, case, writer, shipped=None):
        self.side, self.case, self.writer, self.shipped = side, case, writer, shipped
        self.record = {"notes": []}
        self.reader, self.other = shipped or (None, None)

    def run(self):
        case, side = self.case, self.side
        side.begin(case)
        self.places = Places(case["folder"][side.name])
        unwatch = side.watch(self.places)
        try:
            return self.steps(case, side)
        finally:
            unwatch()

    def steps(self, case, side):
        side.dropout_off()
        self.entry = entries.Entry(case, side.name)
        self.names = self.entry.names(side.env())
        if not self.entry.makes_model and case.get("mode") == "train" and not case.get("only_mode"):
            return {"skipped": True}  # a function has no mode
        self.model = None
        if self.entry.makes_model:
            self.model = self.entry.construct(side.env())
            if not side.is_module(self.model):
                raise Stop("construct", f"`{self.entry.text}` makes a {type(self.model).__name__}, which is no nn.Module", "name a class of modules, or a function")
            self.weights()
            self.record["constants"] = {k: self.writer.array(*v) for k, v in side.constants(self.model).items()}
            self.record["modules"] = {path: self.places.of_module(m, side.call_name) for path, m in side.named_modules(self.model)}
        elif case.get("train") or case.get("weights"):
            raise Stop("entry", f"`{self.entry.text}` is a function: training and checkpoints need the class of a model", "name the model's class as the entry, or give the arguments of a function that makes one with `--args`")
        if case.get("train"):
            self.train()
            self.record["dropout"] = side.dropped
            return self.record
        self.set_mode()
        self.prepare_inputs()
        try:
            self.record["result"] = self.first_call()
        except Stop as stop:
            if case.get("trace"):
                self.trace()
                stop.record = self.record
            raise
        if self.model is not None:
            self.record["after"] = training.state_node(side.buffers(self.model, self.other), self.writer)
        if case.get("grad"):
            self.gradients()
        if not self.record.get("random"):
            if self.model is not None:
                self.small()
            if self.other is None:
                self.nudge()
        if case.get("cost", True):
            self.restore()
            side.release()
            memory = Memory()
            with side.without_gradients():
                self.record["cost"] = measure(lambda: side.wait(self.call_once()))
            self.record["cost"]["memory"] = memory.grown()
        if case.get("trace"):
            self.trace()
        self.record["dropout"] = side.dropped
        return self.record

    # Weights.

    def weights(self):
        side, case = self.side, self.case
        if self.other is None:
            self.record["state"], self.record["tied"] = side.prepare_weights(self.model, case, self.writer)
        else:
            with stage("weights", f"the weights of the original don't fit `{self.entry.text}` of the port",
                       "names and shapes of parameters must be PyTorch's: compare the two constructors"):
                side.adopt(self.model, self.other)

    def restore(self):
        """Undoes what a call did to the model: running statistics, counters."""
        if self.model is not None:
            self.side.reload(self.model)
        self.side.seed(self.case)

    def set_mode(self):
        if self.model is not None:
            self.side.set_training(self.model, self.case.get("mode") == "train")

    # Inputs.

    def prepare_inputs(self):
        if self.other is None:
            function = self.function()
            values = inputs.declared(self.case, self.names)
            if values is None:
                if self.case.get("call"):
                    raise Stop("inputs", "a `call` needs its inputs declared", inputs.HELP)
                values, said = proposals.propose(self, function)
                self.record["proposal"] = said
            self.record["bound"] = None if self.case.get("call") else entries.bind(function, list(values))
            values = self.to_side(values)
            self.record["inputs"], self.record["order"] = store.encode(values, self.side, self.writer), list(values)
        else:
            values = store.decode(self.other["inputs"], self.reader, self.side.from_shipped)
            values = {name: values[name] for name in self.other["order"]}
            self.record["bound"] = self.other["bound"]
        self.values = values

    def to_side(self, values):
        from . import specs

        return {k: specs.map_tree(v, self.side.tensor) for k, v in values.items()}

    def function(self):
        return getattr(self.model, self.side.call_name) if self.model is not None else self.entry.target

    # Calls.

    def call_once(self, values=None):
        values = self.values if values is None else values
        if self.case.get("call"):
            text = training.text_of(self.case, "call", self.side.name)
            return entries.evaluate(text, self.case, self.side.name, {**self.names, "model": self.model, **values})
        count, keywords = self.record["bound"]
        positional = [values[name] for name in list(values)[:count]]
        target = self.model if self.model is not None else self.entry.target
        return target(*positional, **{name: values[name] for name in keywords})

    def first_call(self):
        side = self.side
        shown = training.text_of(self.case, "call", side.name) or self.entry.text
        self.side.seed(self.case)
        before = side.random_state()
        with stage("call", f"calling `{shown}` raised", self.call_help()):
            with side.without_gradients():
                result = self.call_once()
                side.wait(result)
        random = side.random_state() != before if self.other is None else self.other.get("random", False)
        if not random:
            return store.encode(result, side, self.writer)
        self.record["random"] = True
        with side.without_gradients():
            results = [result] + [self.call_once() for _ in range(DRAWS - 1)]
        leaves = [store.float_leaves(r, side) for r in results]
        stacked = [np.stack([np.asarray(side.array(draw[i])[0]) for draw in leaves]) for i in range(len(leaves[0]))]
        return {"t": "seq", "items": [[i, self.writer.array(a)] for i, a in enumerate(stacked)]}

    def call_help(self):
        if self.other is not None:
            return "the original takes these inputs: the port has to, too"
        shapes = ", ".join(f"{k}: {self.shown(v)}" for k, v in self.values.items())
        return f"the inputs were {shapes}: check their shapes, dtypes and ranges"

    def shown(self, value):
        found = self.side.array(value)
        return f"{found[1]}{list(found[0].shape)}" if found else repr(value)[:40]

    def gradients(self):
        self.restore()
        if self.record.get("random"):
            self.record["notes"].append("gradients are not compared: the call draws random numbers")
            return
        with stage("gradients", f"the gradients of `{self.entry.text}` can't be computed"):
            grads = self.side.entry_gradients(self)
        if grads is None:
            self.record["notes"].append("gradients are not compared: the output has no float array")
        else:
            self.record["grads"] = {k: self.writer.array(v) for k, v in grads.items()}

    def small(self):
        """The same call with small weights. What comes into a norm is small then, and an eps that hides behind values of one shows."""
        if self.other is not None and "small" not in self.other:
            return
        self.restore()
        self.side.reload(self.model, small=True)
        try:
            with self.side.without_gradients():
                self.record["small"] = store.encode(self.call_once(), self.side, self.writer)
        except Exception as error:  # a program may refuse such weights
            self.record["notes"].append(f"not compared with small weights: {summary(error)}")

    def nudge(self):
        """The same again one rounding away from these weights and inputs: so much, and some more, may the other side differ."""
        side, values = self.side, self.values
        self.restore()
        if self.model is not None:
            side.reload(self.model, nudged=True)
        self.values, nudged = side.nudged(values), {}
        with side.without_gradients():
            nudged["result"] = store.encode(self.call_once(), side, self.writer)
        if self.model is not None:
            nudged["after"] = training.state_node(side.buffers(self.model, None), self.writer)
        if "small" in self.record:
            side.reload(self.model, nudged=True, small=True)
            with side.without_gradients():
                nudged["small"] = store.encode(self.call_once(), side, self.writer)
        if "grads" in self.record:
            if self.model is not None:
                side.reload(self.model, nudged=True)
            nudged["grads"] = {k: self.writer.array(v) for k, v in side.entry_gradients(self).items()}
        self.values, self.record["nudged"] = values, nudged

    # Training.

    def train(self):
        side, case = self.side, self.case
        self.set_mode()
        if case.get("mode") is None:
            side.set_training(self.model, True)
        count = 1 if case["train"].get("loop") else case["train"]["steps"]
        if self.other is None:
            made = inputs.batches(case, self.names, count)
            batches = [self.to_side(values) for values in made]
            self.record["batches"] = [store.encode(b, side, self.writer) for b in batches]
        else:
            batches = [store.decode(b, self.reader, side.from_shipped) for b in self.other["batches"]]
        side.seed(case)
        side.optimizer = None
        done = training.run(case, side, self.model, self.names, batches)
        if self.other is None:
            side.reload(self.model, nudged=True)
            side.seed(case)
            apart, first, last = training.sensitivity([done, training.run(case, side, self.model, self.names, batches)])
            noise = side.noise()
            shipped = lambda arrays: {k: self.writer.array(np.where(noise[k], np.inf, v) if k in noise else v) for k, v in arrays.items()}
            self.record["slack"] = {"losses": apart, "parameters after the first step": shipped(first), "parameters at the end": shipped(last)}
            self.record["frozen"] = sorted(k for k, p in self.model.named_parameters() if not p.requires_grad)
        if getattr(side, "optimizer", None) is not None:
            self.record["optimizer"] = self.places.of_module(side.optimizer, "__call__")
        self.record["result"] = training.encode(*done, side, self.writer)
        if case.get("trace"):
            self.trace_step(batches[0])

    # Traces.

    def trace(self):
        self.restore()
        if self.case["trace"] == "small":
            self.side.reload(self.model, small=True)
        self.traced(lambda: self.side.wait(self.call_once()))

    def trace_step(self, batch):
        """The first training step again, from the start: what its forward pass does."""
        self.restore()
        train = {**self.case["train"], "steps": 1}
        self.traced(lambda: training.run({**self.case, "train": train}, self.side, self.model, self.names, [batch]), gradients=True)

    def traced(self, call, gradients=False):
        side = self.side
        paths = {id(m): path for path, m in reversed(list(side.named_modules(self.model)))} if self.model is not None else {}
        trace = Trace(side, self.writer, self.places, paths, side.call_name)
        try:
            with side.calls_traced(self.model, trace), trace.lines():
                if gradients:
                    call()
                else:
                    with side.without_gradients():
                        call()
        except Exception as error:
            self.record["notes"].append(f"the trace ended early: {summary(error)}")
        self.record["trace"] = {"calls": trace.calls, "assigned": trace.assigned}

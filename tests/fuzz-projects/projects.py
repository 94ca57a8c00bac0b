"""A program that makes, changes and trains a model. It is put together of slots, each drawn from its own seed, so one can be left out and the others stay as they are."""

import random
import re

import extras
import loops
import modules
import state
import steps
import surgery
from pieces import indented, written, written_all

IMPORTS = """
import copy
import io
import math
from collections import OrderedDict
from functools import partial

import torch
import torch.nn.functional as F
import torch.utils.checkpoint
from torch import <<nn, optim || optim\nimport torch.nn as nn>>
from torch.utils.data import DataLoader, Dataset, TensorDataset
"""
# Weights and batches are the same on both sides.
DATA = """
def fill(model):
    state = {}
    for k, (name, v) in enumerate(model.state_dict().items()):
        if v.is_floating_point() and "running_var" not in name:
            state[name] = torch.sin(torch.arange(v.numel(), dtype=torch.float32) * 0.7 + k).reshape(v.shape) * 0.4
        else:
            state[name] = v.clone()
    model.load_state_dict(state)


def data(i):
    x = torch.cos(torch.arange(24.0) * 0.3 + i).reshape(6, 4)
    y = torch.sin(torch.arange(24.0) * 0.5 - i).reshape(6, 4)
    return x, y


def step_loss(model, x, y):
    return F.mse_loss(model(x), y)
"""
MAIN = """
def main():
    model = Net()
    fill(model)
    @changes
    info = @question
    losses = run(model)
    model.eval()
    with torch.no_grad():
        out = model(data(9)[0])
    trained = [n for n, p in model.named_parameters() if p.requires_grad]
    names = [n for n, p in model.named_parameters()]
    buffers = [n for n, b in model.named_buffers()]
    return losses, info, out, dict(model.state_dict()), trained, names, buffers
"""
INITS = [
    "self.apply(self._init)", "for m in self.modules():\n    if isinstance(m, nn.Linear):\n        nn.init.constant_(m.weight, 0.1)\n        if m.bias is not None:\n            nn.init.zeros_(m.bias)",
    "for p in self.parameters():\n    if p.dim() > 1:\n        nn.init.constant_(p, 0.3)",
]
INIT_METHODS = [
    "def _init(self, m):\n    if isinstance(m, nn.Linear):\n        m.weight.data.fill_(0.2)\n        if m.bias is not None:\n            m.bias.data.zero_()",
    "@staticmethod\ndef _init(m):\n    name = m.__class__.__name__\n    if name.find('Linear') != -1:\n        nn.init.constant_(m.weight.data, 0.2)",
]
# How `Net` is made of the class that holds the members: where that is, and what stands around it.
STYLES = {
    "base": ("Base", """
class Net(Base):
    def __init__(self):
        super().__init__()
        self.pre = nn.Linear(4, 4)
        self.register_buffer('seen', torch.zeros(4))

    def features(self, x):
        if self.training:
            self.seen += x.detach().mean(0)
        return torch.relu(self.pre(x)) + self.seen * 0.01

    def forward(self, x):
        return super().forward(self.features(x))
""", "model"),
    "wrapped": ("Inner", """
class Net(nn.Module):
    def __init__(self, inner=None):
        super().__init__()
        self.inner = Inner() if inner is None else inner
        self.head = nn.Linear(4, 4)
        <<self.inner.head = nn.Identity() || self.temp = nn.Parameter(torch.tensor(1.0)) || self.names = [n for n, _ in self.inner.named_parameters()]>>

    def forward(self, x):
        return self.head(self.inner(x))
""", "model.inner"),
    "parts": ("Part", """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = <<nn.ModuleList([Part(), Part()]) || nn.ModuleList(Part() for _ in range(2))>>
        self.head = nn.Linear(4, 4)

    def forward(self, x):
        outs = [p(x) for p in self.parts]
        return self.head(<<torch.stack(outs).mean(0) || sum(outs) || torch.cat(outs, dim=1)[:, 2:6]>>)
""", "model.parts[0]"),
}


class Project:
    """A program of a seed, without the slots that are named."""

    def __init__(self, seed, without=()):
        self.seed, self.without = seed, set(without)
        sizes = self.chance("sizes")
        self.members = [f"m{k}" for k in range(sizes.randint(1, 4))]
        self.changes = [f"change{k}" for k in range(sizes.choice([0, 1, 1, 2]))]
        self.extras = sizes.sample(list(extras.EXTRAS), sizes.choice([0, 1, 1, 2, 2, 3]))
        self.slots = self.members + self.changes + self.extras + ["style", "init", "question", "loop", "loss", "update", "optimizer", "parameters"]

    def chance(self, slot):
        return random.Random(f"{self.seed} {slot}")

    def has(self, slot):
        return slot not in self.without

    def choice(self, slot, choices, otherwise):
        """A piece, and the chance that chooses among its alternatives."""
        chance = self.chance(slot)
        return (chance.choice(choices) if self.has(slot) else otherwise), chance

    def text(self):
        net, after = self.net()
        main = written(self.chance("question"), MAIN)
        question, chance = self.choice("question", surgery.QUESTIONS, "None")
        changes = []
        for slot in filter(self.has, self.changes):
            changes += written(self.chance(slot), surgery.CHANGES)
        main = filled(main, {"changes": changes}, {"question": "\n".join(written(chance, question))})
        run = self.run(after)
        body = "\n".join(run + main + net)
        classes = [text.strip("\n") for text in re.split(r"\n\n\n", modules.CLASSES + "\n\n" + surgery.CLASSES) if re.search(rf"\b{class_of(text)}\b", body)]
        parts = [written(self.chance("imports"), IMPORTS), *(text.splitlines() for text in classes), net, written(self.chance("data"), DATA), run, main]
        left = f" without {' '.join(sorted(self.without))}" if self.without else ""
        return f"# run main() | tol=1e-3 | check=floats | weights=own\n# project {self.seed}{left}\n" + "\n\n\n".join("\n".join(part) for part in parts) + "\n"

    def net(self):
        """The lines of the model's classes, and what is done with the model after each step."""
        chance = self.chance("style")
        style = chance.choice(["plain", "plain", *STYLES]) if self.has("style") else "plain"
        name, around, place = STYLES.get(style, ("Net", "", "model"))
        init, forward, methods, after = [], [], [], []
        for slot in filter(self.has, self.members):
            drawn = self.chance(slot)
            lines = written_all(drawn, drawn.choice(drawn.choice([state.MEMBERS, state.MEMBERS, modules.MEMBERS])), slot)
            init, forward = init + lines["init"], forward + lines["forward"]
            methods += ["", *lines["methods"]] if lines["methods"] else []
            after += [line.replace("model.", f"{place}.") for line in lines["after"]]
        head = ["self.head = nn.Linear(4, 4)"]
        init = head + init if chance.random() < 0.5 else init + head
        drawn = self.chance("init")
        if self.has("init") and drawn.random() < 0.3:
            start = written(drawn, INITS)
            init += start
            methods += ["", *written(drawn, INIT_METHODS)] if "_init" in start[0] else []
        body = ["def __init__(self):", *indented(["super().__init__()", *init]), "", "def forward(self, x):", *indented([*forward, "return self.head(x)"]), *methods]
        lines = [f"class {name}(nn.Module):", *indented(body)]
        return lines + (["", "", *written(chance, around)] if around else []), after

    def run(self, after):
        """The lines of the loop and of what it calls."""
        loop, chance = self.choice("loop", loops.LOOPS, loops.LOOPS[0])
        loss, drawn = self.choice("loss", steps.LOSSES, steps.SUPERVISED[0])
        loss = written_all(drawn, loss)
        update, drawn = self.choice("update", steps.UPDATES, steps.UPDATES[0])
        update = written_all(drawn, update)
        names = " ".join(loss["names"] + update["names"]).split()
        added = {"before": [], "loss": [], "gradients": [], "after": list(after), "end": []}
        for slot in filter(self.has, self.extras):
            if slot == "stop" and not loop.breaks:
                continue
            drawn = self.chance(slot)
            extra = written_all(drawn, drawn.choice(extras.EXTRAS[slot]))
            names += " ".join(extra["names"]).split()
            for part in added:
                added[part] += extra[part]
        optimizer, drawn = self.choice("optimizer", steps.OPTIMIZERS, "optim.SGD(@parameters, lr=0.05)")
        parameters, drawn_parameters = self.choice("parameters", steps.PARAMETERS, "model.parameters()")
        made = "\n".join(written(drawn, f"optimizer = {optimizer}")).replace("@parameters", parameters)
        setup = [made, *loss["before"], *update["before"], *added["before"]]
        body = filled(update["loss"], {"loss": loss["loss"] + added["loss"], "gradients": added["gradients"]}, {})
        blocks = {"setup": setup, "update": body, "gradients": added["gradients"], "after": loss["after"] + added["after"], "end": loss["end"] + added["end"]}
        attributes = loop.names.split() and loop.names.split() + names
        blocks = {block: [of_self(line, attributes) for line in lines] for block, lines in blocks.items()}
        passed = [name for name in [*names, "losses"] if re.search(rf"\b{name}\b", "\n".join(body))]
        lines = filled(written(chance, loop.text), blocks, {"passed": "".join(f", {name}" for name in passed)})
        groups = written(drawn_parameters, steps.GROUPS) + ["", ""] if "groups(model)" in made else []
        return groups + lines


def class_of(text):
    return re.search(r"class (\w+)", text)[1]


def of_self(line, attributes):
    """Names in a line that are attributes, as such."""
    for name in attributes:
        line = re.sub(rf"(?<![.\w'\"]){name}\b(?!['\"])", f"self.{name}", line)
    return line


def filled(lines, blocks, words):
    """Lines with blocks in the place of `    @name`, and words in the place of others."""
    result = []
    for line in lines:
        marked = line.strip()[1:]
        if line.strip().startswith("@") and marked in blocks:
            result += indented(blocks[marked], (len(line) - len(line.lstrip())) // 4)
        else:
            result.append(re.sub(r"@(\w+)", lambda found: words.get(found[1], found[0]), line).rstrip())
    return result

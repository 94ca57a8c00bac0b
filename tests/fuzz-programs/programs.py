"""Functions of random statements. Each statement is run while it is drawn: what PyTorch refuses is not written."""

import copy

import expressions
import torch
import writes

INPUTS = {
    "f32[3,4]": torch.arange(12.0).reshape(3, 4) / 4 - 1, "f32[2,2]": torch.tensor([[1.0, -2.0], [0.5, 3.0]]), "i64[6]": torch.arange(6) - 2,
    "f32[3]": torch.tensor([1.5, -0.5, 2.0]), "f32[2,2,2]": torch.arange(8.0).reshape(2, 2, 2) - 3, "bool[3]": torch.tensor([True, False, True]),
    "i64[2,3]": torch.arange(6).reshape(2, 3) - 2, "f32[]": torch.tensor(2.5), "f32[3,3]": torch.ones(3, 3), "i32[3]": torch.tensor([1, 2, 3], dtype=torch.int32),
}
CONTAINERS = [
    ["n = [x, v]", "n[0] += k"], ["n = [x, y]", "n[1] = n[1] + k"], ["n = {'p': x, 'q': v}", "n['p'][0] = k"], ["n = {'p': v}", "n['p'] *= k"],
    ["n = (x, v)", "n[0].add_(k)"], ["n, m = x, z", "n += k"], ["n = [t + k for t in [x, y]]", "n[0][0] = 0"], ["n = [t for t in x]", "n[0].add_(k)"],
    ["n = [x]", "for t in n:", "    t.mul_(k)"], ["n = [x, z]", "for at, t in enumerate(n):", "    n[at] = t * k"],
    ["m = []", "for t in x:", "    m.append(t)", "x += 1", "n = torch.stack(m)"], ["n = [x.clone() for _ in range(2)]", "n[0].zero_()"],
    ["n = v if x.sum() > 0 else x", "n.add_(k)"], ["(n := x.view(-1)).add_(k)"], ["n = torch.from_numpy(x.numpy())", "n += 1"],
    ["def n():", "    x[0] = k", "n()"], ["f = lambda t: t + x.sum()", "n = f(z)"],
]
HEADS = ["for _ in range(2):", "if x.sum() > 0:", "if x.numel() > 2:", "with torch.no_grad():", "if x.dim() > 1:"]


class Program:
    """One function, `name`, and the functions that it calls."""

    def __init__(self, chance, name):
        self.chance, self.name = chance, name
        self.callees, self.count = [], 0
        self.inputs = [chance.choice(list(INPUTS)) for _ in range(2)]
        if chance.random() < 0.4:
            self.inputs[1] = self.inputs[0]
        self.values = {name: INPUTS[of].clone() for name, of in zip("ab", self.inputs)}

    def fresh(self):
        self.count += 1
        return f"v{self.count}"

    def tensors(self):
        return [name for name, value in self.values.items() if isinstance(value, torch.Tensor)]

    def names(self):
        """A tensor, one of its shape, any one."""
        all_names = self.tensors()
        name = self.chance.choice(all_names)
        alike = [other for other in all_names if self.values[other].shape == self.values[name].shape]
        return name, self.chance.choice(alike), self.chance.choice(all_names)

    def simple(self):
        name, other, any_one = self.names()
        tensor, sort = self.values[name], self.chance.random()
        if sort < 0.35:
            return [f"{self.fresh()} = {expressions.view(self.chance, name, tensor)}"]
        if sort < 0.55:
            target = any_one if self.chance.random() < 0.3 else self.fresh()
            return [f"{target} = {expressions.value(self.chance, name, tensor, other, any_one)}"]
        return [writes.write(self.chance, name, tensor, other, any_one)]

    def statement(self, depth=0):
        sort = self.chance.random()
        if sort < 0.65 or depth > 1:
            return self.simple()
        name, other, any_one = self.names()
        if sort < 0.72:
            return writes.loop_over_rows(self.chance, name, self.values[name], other, any_one)
        if sort < 0.82:
            view, kept = expressions.view(self.chance, name, self.values[name]), self.fresh()
            number = expressions.number(self.chance, self.values[name])
            return [expressions.filled(line, name, other, any_one, number, n=kept, m=kept + "m", v=view) for line in self.chance.choice(CONTAINERS)]
        if sort < 0.92:
            return self.call(name)
        body = self.aside(lambda: self.block(self.chance.choice([1, 2]), depth + 1))
        return [expressions.filled(self.chance.choice(HEADS), name)] + ["    " + line for line in body] if body else None

    def aside(self, draw):
        """Draws with a copy of the values: the lines are run later, where they stand."""
        values = self.values
        self.values = copy.deepcopy(values)
        lines = draw()
        self.values = values
        return lines

    def call(self, name):
        """A call of a new function with a tensor or a view of it."""
        callee = f"{self.name}_{len(self.callees)}"
        values, self.values = self.values, {"t": self.values[name].clone()}
        body = self.block(self.chance.choice([1, 2]), depth=2)
        result = self.chance.choice(["t", None, *self.tensors()])
        self.values = values
        annotation = self.chance.choice(["", ": torch.Tensor"])
        lines = [f"def {callee}(t{annotation}):", *("    " + line for line in body)] + ([f"    return {result}"] if result else [])
        if len(lines) == 1:
            return None
        self.callees.append("\n".join(lines))
        argument = self.chance.choice([name, name, expressions.view(self.chance, name, self.values[name])])
        return [f"{self.fresh()} = {callee}({argument})" if result else f"{callee}({argument})"]

    def block(self, count, depth=0):
        lines = []
        for _ in range(20 * count):
            drawn = self.statement(depth)
            if drawn and self.runs(drawn):
                lines += drawn
                count -= 1
            if not count:
                break
        return lines

    def runs(self, lines):
        """Runs lines on a copy of the values, views of one another as before, and keeps what they make."""
        values = {"torch": torch, **copy.deepcopy(self.values)}
        try:
            exec("\n".join(self.callees + lines), values)
        except Exception:  # PyTorch says no in many ways
            return False
        kept = {name: value for name, value in values.items() if name in self.values or name.startswith("v")}
        if not all(expressions.is_small(value) for value in kept.values() if isinstance(value, torch.Tensor)):
            return False
        self.values = kept
        return True

    def text(self, size):
        """The program, with the line that says how it is called, or nothing if too little could be drawn."""
        body = self.block(size)
        shown = [name for name, value in self.values.items() if isinstance(value, (torch.Tensor, list, tuple, dict))]
        annotation = self.chance.choice([": torch.Tensor", ": torch.Tensor", ""])
        a, b = self.inputs
        lines = [f"def {self.name}(a{annotation}, b{annotation}):"] + ["    " + line for line in body] + [f"    return {', '.join(shown)}"]
        # The mark speaks for all that follows: a TODO in a callee is one of the program.
        return f"# run {self.name}(a, b) | a={a} | b={b} | tol=1e-3 | check=floats\n" + "\n\n\n".join(self.callees + ["\n".join(lines)])

# What a block without gradients binds, keeps or gives back as it came in is the tensor itself, with its gradient; what it computes has none.
import torch
import torch.nn as nn


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)
        self.same = nn.Identity()

    @torch.no_grad()
    def given_back(self, h):
        return h

    @torch.no_grad()
    def renamed(self, h):
        y = h
        return y

    @torch.no_grad()
    def both(self, h):
        return h, h * 2

    @torch.no_grad()
    def viewed(self, h):
        return h.view(-1)

    def start(self, x):
        return self.a(x)


class SeveralNames(Pair):
    def forward(self, x):
        h = self.start(x)
        with torch.no_grad():
            y = z = h
        return self.b(y) + z


class InTuples(Pair):
    def forward(self, x):
        h = self.start(x)
        with torch.no_grad():
            y, z = h, h * 2
        return self.b(y) + z


class InChoices(Pair):
    def forward(self, x):
        h = self.start(x)
        with torch.no_grad():
            y = h if x.sum() > -100 else h * 2
        return self.b(y)


class InLists(Pair):
    def forward(self, x):
        h = self.start(x)
        kept, more = [], []
        with torch.no_grad():
            ys = [h, h * 2]
            d = {"h": h, "g": h * 3}
            kept.append(h)
            more += [h, h + 1]
        return self.b(ys[0]) + ys[1] + d["h"] + d["g"] + kept[0] + more[0] + more[1]


class InAttributes(Pair):
    def forward(self, x):
        h = self.start(x)
        with torch.no_grad():
            self.kept = h
            self.twice = h * 2
        return self.b(self.kept) + self.twice


class BySameLayers(Pair):
    def forward(self, x):
        h = self.start(x)
        with torch.no_grad():
            y = self.same(h)
        return self.b(y)


class ByFunctions(Pair):
    def forward(self, x):
        h = self.start(x)
        y, z = self.both(h)
        return self.b(self.given_back(h)) + self.renamed(h) + y + z + self.viewed(h).view(h.shape)


class Computed(Pair):
    def forward(self, x):
        h = self.start(x)
        with torch.no_grad():
            y = h
            y = y + 1
            z = y
        return self.b(z) + h


def filled(m):
    with torch.no_grad():
        for i, p in enumerate(m.parameters()):
            p.copy_(torch.linspace(-1, 1, p.numel()).view(p.shape) + 0.1 * i)
    return m


names = filled(SeveralNames())
# run names(x) | model=names | x=f32[2,3] | grad=parameters
tuples = filled(InTuples())
# run tuples(x) | model=tuples | x=f32[2,3] | grad=parameters
choices = filled(InChoices())
# run choices(x) | model=choices | x=f32[2,3] | grad=parameters
lists = filled(InLists())
# run lists(x) | model=lists | x=f32[2,3] | grad=parameters
attributes = filled(InAttributes())
# run attributes(x) | model=attributes | x=f32[2,3] | grad=parameters
layers = filled(BySameLayers())
# run layers(x) | model=layers | x=f32[2,3] | grad=parameters
functions = filled(ByFunctions())
# run functions(x) | model=functions | x=f32[2,3] | grad=parameters
computed = filled(Computed())
# run computed(x) | model=computed | x=f32[2,3] | grad=parameters


# run changed(x) | x=f32[2,3] | todo
class Changed(Pair):
    def forward(self, x):
        h = self.start(x)
        with torch.no_grad():
            y = h * 1
            for y in [h]:
                y.mul_(2.0)
        return self.b(y)


changing = filled(Changed())


def changed(x):
    return changing(x)


# run changed_by_layer(x) | x=f32[2,3] | todo
class ChangedByLayer(Pair):
    def forward(self, x):
        h = self.start(x)
        with torch.no_grad():
            y = self.same(h)
            y *= 2.0
        return self.b(y)


changing_by_layer = filled(ChangedByLayer())


def changed_by_layer(x):
    return changing_by_layer(x)

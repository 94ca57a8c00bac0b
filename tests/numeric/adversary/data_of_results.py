import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)

    def forward(self, x):
        return self.fc(x)


def gathered(model, loader):
    out = []
    for batch in loader:
        y = model(batch["x"])
        out.append(y.data)
    return torch.cat(out, dim=0)


# run m = Net(); inferred(m, x) | model=m | x=f32[5,4]
def inferred(m, x):
    return gathered(m, [{"x": x}, {"x": x * 2}])


def given(model, x):
    return model(x).data


# run m = Net(); at_once(m, x) | model=m | x=f32[5,4]
def at_once(m, x):
    return given(m, x)


class Record:
    def __init__(self, data):
        self.data = data


# What has `data` of its own keeps it.
# run of_record(x) | x=f32[5,4]
def of_record(x):
    return given(lambda x: Record([1, 2]), x), given(lambda x: x * 2, x)


class Trainer:
    def __init__(self, model, optimizer_fn=torch.optim.Adam, params={"lr": 0.01}):
        self.model = model
        self.optimizer = optimizer_fn(model.parameters(), **params)

    def fit(self, x, y):
        rates = []
        for epoch in range(2):
            loss = F.cross_entropy(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            rates.append(self.optimizer.state_dict()["param_groups"][0]["lr"])
        return rates, self.model


# run m = Net(); rates(m, x, y) | model=m | x=f32[5,4] | y=i64[5] < 3 | tol=1e-4
def rates(m, x, y):
    return Trainer(m).fit(x, y)


# run ranges(x) | x=f32[3,4]
def ranges(x):
    i = torch.tensor([0, 1])
    return x.new_tensor(range(4)), i.new_tensor(range(0, 6, 3)).tolist(), torch.tensor([range(i, i + 3) for i in range(2)]).tolist(), x.new_tensor(range(4), dtype=torch.long)


def is_sparse(src):
    if isinstance(src, torch.Tensor):
        if src.layout == torch.sparse_coo:
            return True
        if src.layout == torch.sparse_csr:
            return True
    return False


# run layouts(x) | x=f32[3,4]
def layouts(x):
    if x.layout == torch.strided:
        x = x + 1
    return x, is_sparse(x), x.layout != torch.sparse_coo


class Wrapped:
    def __init__(self, model):
        self.model = model

    def raw(self):
        model = self.model.module if hasattr(self.model, "module") else self.model
        return model


# run m = Net(); unwrapped(m, x) | model=m | x=f32[5,4]
def unwrapped(m, x):
    return Wrapped(m).raw()(x)

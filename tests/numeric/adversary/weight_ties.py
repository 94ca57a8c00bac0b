"""One parameter under two names, in the spellings that programs have for it: trained as one."""
import pickle

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 4)
        self.head = nn.Linear(4, 5, bias=False)

    def forward(self, x):
        return self.head(self.emb(x))


def by_attribute(m):
    m.head.weight = m.emb.weight


def by_setattr(m):
    setattr(m.head, "weight", m.emb.weight)


def by_dunder(m):
    m.head.__setattr__("weight", m.emb.weight)


def by_registering(m):
    m.head.register_parameter("weight", m.emb.weight)


def by_name(m):
    w = m.emb.weight
    m.head.weight = w


def by_path(m):
    m.head.weight = m.get_parameter("emb.weight")


def by_table(m):
    m.head.weight = dict(m.named_parameters())["emb.weight"]


def by_walk(m):
    m.head.weight = next(m.emb.parameters())


def by_walk_and_name(m):
    first = next(m.emb.parameters())
    m.head.weight = first


# run [trained(tie, i, 3) for tie in (by_attribute, by_setattr, by_dunder, by_registering, by_name)] | i=i64[2,2]<5
# run [trained(tie, i, 3) for tie in (by_path, by_table, by_walk, by_walk_and_name)] | i=i64[2,2]<5
def trained(tie, i, steps):
    m = Net()
    tie(m)
    for p in m.parameters():
        nn.init.constant_(p, 0.1)
    optimizer = torch.optim.SGD(m.parameters(), lr=0.5)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = m(i).pow(2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, m.head.weight, m.emb.weight, [n for n, _ in m.named_parameters()], list(m.state_dict())


# run m = Made(); m(i) | model=m | grad=parameters | i=i64[2,2]<5
class Made(nn.Module):
    def __init__(self):
        super().__init__()
        w = nn.Parameter(torch.zeros(5, 4))
        self.emb = nn.Embedding(5, 4)
        self.head = nn.Linear(4, 5, bias=False)
        self.emb.weight = w
        self.head.weight = w

    def forward(self, x):
        return self.head(self.emb(x))


# run pickled()
def pickled():
    net = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
    net[1].weight = net[0].weight
    again = pickle.loads(pickle.dumps(net))
    with torch.no_grad():
        again[0].weight.fill_(2.0)
    return again[1].weight.sum().item(), len(list(again.parameters())), list(again.state_dict()), again(torch.tensor([1, 2]))


# run sizes_of_tied()
def sizes_of_tied():
    net = Net()
    net.head.weight = net.emb.weight
    head, emb = net.head, net.emb
    return head.in_features, head.out_features, emb.num_embeddings, emb.embedding_dim, str(net), isinstance(head, nn.Linear)


# run untied_again(x) | x=i64[5] < 4
class UntiedLater(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(4, 3)
        self.proj = nn.Linear(3, 4)
        self.third = nn.Linear(3, 4, bias=False)
        self.proj.weight = self.embed.weight
        self.third.weight = self.embed.weight

    def untie(self):
        self.proj.weight = nn.Parameter(self.embed.weight.clone())

    def set_vectors(self, vectors):
        self.embed.weight = nn.Parameter(vectors)


def untied_again(x):
    model = UntiedLater()
    nn.init.constant_(model.proj.bias, 0.5)
    nn.init.constant_(model.embed.weight, 0.25)
    before = len(list(model.parameters()))
    model.untie()
    nn.init.constant_(model.proj.weight, 2.0)
    names = [name for name, _ in model.named_parameters()]
    model.set_vectors(torch.ones(4, 3))
    held = [name for name, _ in model.named_parameters()]
    return before, names, held, model.third.weight, model.proj(model.embed(x)), list(model.state_dict())

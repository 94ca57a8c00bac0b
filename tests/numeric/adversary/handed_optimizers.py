# Classes and functions that are handed a model beside the optimizer that trains it: what is trained is what the optimizer was made of.
import torch
from torch import nn, optim
from torch.nn import functional as F


def filled(module):
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float32) * 0.9 + k).reshape(p.shape) * 0.3)
    return module


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 3)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))


class Weighted(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([1.0, 0.5, 0.2]))

    def forward(self, s, y):
        return F.cross_entropy(s * self.scale, y)


class Penalised:
    def __init__(self, net, optimizer):
        self.net, self.optimizer = net, optimizer

    def l2(self):
        return sum(torch.norm(p) for p in self.net.fc2.parameters())

    def compute_loss(self, x, y):
        return F.cross_entropy(self.net(x), y) + 1e-2 * self.l2()

    def update(self, x, y):
        loss = self.compute_loss(x, y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


# run of_a_penalty(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_a_penalty(x, y):
    net = filled(Net())
    trainer = Penalised(net, optim.Adam(net.parameters(), lr=0.05))
    return [trainer.update(x, y) for _ in range(3)], net


class Unseen:
    def __init__(self, net, optimizer):
        self.net, self.optimizer = net, optimizer

    def norms(self):
        return [p.norm().item() for p in self.net.fc1.parameters()]

    def update(self, x, y):
        norms = self.norms()
        loss = F.cross_entropy(self.net(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item(), norms


def made(kind, net):
    return kind(net, optim.Adam(net.parameters(), lr=0.05))


# run made_elsewhere(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def made_elsewhere(x, y):
    net = filled(Net())
    trainer = made(Unseen, net)
    return [trainer.update(x, y) for _ in range(3)], net


class Distilling:
    def __init__(self, student, teacher, optimizer):
        self.student, self.teacher, self.optimizer = student, teacher, optimizer

    def run(self, x, y):
        history = []
        self.teacher.eval()
        for _ in range(4):
            s, t = self.student(x), self.teacher(x)
            loss = F.cross_entropy(s, y) + F.mse_loss(s, t)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            history.append(loss.item())
        return history


# run of_the_student(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_the_student(x, y):
    s, t = filled(Net()), filled(nn.Linear(4, 3))
    return Distilling(s, t, optim.SGD(s.parameters(), lr=0.05, momentum=0.9)).run(x, y), s, t


class DistillingBoth:
    def __init__(self, student, teacher, optimizer):
        self.student = student
        self.teacher = teacher
        self.optimizer = optimizer

    def run(self, x, y):
        history = []
        self.student.train()
        self.teacher.eval()
        for _ in range(4):
            s, t = self.student(x), self.teacher(x)
            loss = F.cross_entropy(s, y) + F.mse_loss(s, t)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            history.append(loss.item())
        return history


# run of_one_of_two(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_one_of_two(x, y):
    s, t = filled(Net()), filled(nn.Linear(4, 3))
    return DistillingBoth(s, teacher=t, optimizer=optim.SGD(s.parameters(), lr=0.05, momentum=0.9)).run(x, y), s, t


class ModelAlone:
    def __init__(self, model, optimizer, criterion):
        self.model, self.optimizer, self.criterion = model, optimizer, criterion

    def epoch(self, x, y):
        self.criterion.train()
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


# run of_the_model_alone(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_the_model_alone(x, y):
    s, c = filled(Net()), Weighted()
    trainer = ModelAlone(s, optim.SGD(s.parameters(), lr=0.5), c)
    return [trainer.epoch(x, y) for _ in range(4)], s, c


class Head:
    def __init__(self, net, optimizer):
        self.net, self.optimizer = net, optimizer

    def update(self, x, y):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.net(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


# run of_the_head(x, y) | x=f32[20,4] | y=i64[20] < 3 | tol=1e-4
def of_the_head(x, y):
    net = filled(Net())
    trainer = Head(net.eval(), optim.Adam(net.fc2.parameters(), lr=0.05))
    return [trainer.update(x, y) for _ in range(3)], net


# Two makers that mean different things by one class.
# run either(x, y) | x=f32[20,4] | y=i64[20] < 3 | todo
class Either:
    def __init__(self, model, criterion, optimizer):
        self.model, self.criterion, self.optimizer = model, criterion, optimizer

    def update(self, x, y):
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def either(x, y):
    s, c = filled(Net()), Weighted()
    a = Either(s, c, optim.SGD(s.parameters(), lr=0.5))
    b = Either(s, c, optim.SGD([*s.parameters(), *c.parameters()], lr=0.5))
    return a.update(x, y), b.update(x, y), s, c


# A teacher that is known to be a module, and a student of which nothing is known.
# run by_another_name(x, y) | x=f32[20,4] | y=i64[20] < 3 | todo
def distilled(student, teacher, optimizer, x, y):
    teacher.eval()
    s, t = student(x), teacher(x)
    loss = F.cross_entropy(s, y) + F.mse_loss(s, t)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def by_another_name(x, y):
    s, t = filled(Net()), filled(nn.Linear(4, 3))
    step = distilled
    return step(s, t, optim.SGD(s.parameters(), lr=0.05), x, y), s, t


class Tempered(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([1.0, 0.5, 0.2]))

    def forward(self, s, y):
        return F.cross_entropy(s * self.scale, y)


def taught(model, criterion, optimizer, x, y):
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# run tempered(x, y) | x=f32[6,4] | y=i64[6] < 3 | todo
def tempered(x, y):
    parts = {"model": nn.Linear(4, 3), "criterion": Tempered()}
    learned = list(parts["model"].parameters()) + list(parts["criterion"].parameters())
    parts["optimizer"] = torch.optim.Adam(learned, lr=0.05)
    return [taught(x=x, y=y, **parts) for _ in range(3)], parts["criterion"].scale

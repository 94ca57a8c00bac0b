"""Losses that go on from values which the trained model gave before the block with `backward`: in a caller, another method, an earlier loop."""
from collections import deque

import torch
import torch.nn as nn
import torch.nn.functional as F


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 5)
        self.policy = nn.Linear(5, 2)
        self.value = nn.Linear(5, 1)

    def features(self, x):
        return torch.tanh(self.body(x))

    def forward(self, x):
        return self.policy(self.features(x))


# run m = Critic(); second_loss(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | todo
def second_loss(model: Critic, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(4):
        optimizer.zero_grad()
        h = model.features(x[i])
        loss = F.mse_loss(model.policy(h), y[i])
        loss.backward(retain_graph=True)
        other = model.value(h).abs().mean()
        other.backward()
        optimizer.step()
    return list(model.parameters())


# run m = Critic(); second_loss_detached(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | tol=1e-4
def second_loss_detached(model: Critic, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(4):
        optimizer.zero_grad()
        h = model.features(x[i])
        loss = F.mse_loss(model.policy(h), y[i])
        loss.backward()
        other = model.value(h.detach()).abs().mean()
        other.backward()
        optimizer.step()
    return list(model.parameters())


# run m = Critic(); inner_loop(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | todo
def inner_loop(model: Critic, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(4):
        h = model.features(x[i])
        for j in range(1):
            loss = F.mse_loss(model.policy(h), y[i])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return list(model.parameters())


# run m = Critic(); inner_loop_cast(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | todo
def inner_loop_cast(model: Critic, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(4):
        h = model.features(x[i]).float()
        for j in range(1):
            loss = F.mse_loss(model.policy(h.type(torch.float32)), y[i])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return list(model.parameters())


# run m = Critic(); inner_loop_no_grad(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | tol=1e-4
def inner_loop_no_grad(model: Critic, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(4):
        with torch.no_grad():
            h = model.features(x[i])
        best = model(x[i]).argmax(-1)
        for j in range(2):
            loss = F.mse_loss(model.policy(h), y[i]) + F.cross_entropy(model(x[i]), best)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return list(model.parameters())


# run m = Critic(); weight_before(m, x) | model=m | x=f32[4,5,3] | todo
def weight_before(model: Critic, x):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(4):
        column = model.body.weight.sum(0)
        optimizer.zero_grad()
        loss = model(x[i]).pow(2).mean()
        loss.backward()
        penalty = (column ** 2).sum() + model.policy.weight.abs().sum()
        penalty.backward()
        optimizer.step()
    return list(model.parameters())


# run m = Critic(); train_by_features(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | todo
def update_from(h, y, model, optimizer):
    loss = F.mse_loss(model.policy(h), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def train_by_features(model: Critic, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return [update_from(model.features(x[i]), y[i], model, optimizer) for i in range(4)], list(model.parameters())


# run m = Critic(); train_by_data(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | tol=1e-4
def update_with(x, target, model, optimizer):
    loss = F.mse_loss(model(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def train_by_data(model: Critic, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for i in range(4):
        target = y[i] + 0.5 * model(x[i]).detach()
        losses.append(update_with(x[i], target, model, optimizer))
    return losses, list(model.parameters())


# run m = Critic(); penalised_by_caller(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | todo
def pass_back(loss, model, optimizer):
    count = sum(p.numel() for p in model.parameters())
    optimizer.zero_grad()
    total = loss + 0.01 * model.policy.weight.pow(2).sum() / count
    total.backward()
    optimizer.step()


def penalised_by_caller(model: Critic, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(4):
        pass_back(F.mse_loss(model(x[i]), y[i]), model, optimizer)
    return list(model.parameters())


# run m = Critic(); actor_keeps_values(m, x, r) | model=m | x=f32[6,3] | r=f32[6] | todo
class KeepingAgent:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        self.steps = deque()

    def act(self, state):
        h = self.model.features(state)
        log_probs = self.model.policy(h).log_softmax(-1)
        action = log_probs.argmax(-1)
        self.steps.append((log_probs[action], self.model.value(h).squeeze(-1)))
        return action.item()

    def learn(self, rewards, last):
        ret = self.model.value(self.model.features(last)).squeeze(-1).detach()
        loss = 0
        for (log_prob, value), reward in zip(reversed(self.steps), reversed(rewards)):
            ret = reward + 0.9 * ret
            loss = loss - log_prob * (ret - value.detach()) + F.smooth_l1_loss(value, ret)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.steps.clear()


def actor_keeps_values(model: Critic, x, r):
    agent = KeepingAgent(model)
    for i in range(2):
        for j in range(3):
            agent.act(x[3 * i + j])
        agent.learn(list(r[3 * i:3 * i + 3]), x[i])
    return list(model.parameters())


# run m = Critic(); actor_keeps_states(m, x, r) | model=m | x=f32[6,3] | r=f32[6] | tol=1e-4
class ReplayingAgent:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        self.states, self.actions, self.old, self.values = [], [], [], []

    def act(self, state):
        h = self.model.features(state)
        log_probs = self.model.policy(h).log_softmax(-1)
        action = log_probs.argmax(-1)
        self.states.append(state)
        self.actions.append(action)
        self.old.append(log_probs[action].detach())
        with torch.no_grad():
            self.values.append(self.model.value(h).squeeze(-1))
        return action.item()

    def learn(self, rewards):
        states, actions = torch.stack(self.states), torch.stack(self.actions)
        old, values = torch.stack(self.old), torch.stack(self.values)
        for epoch in range(2):
            log_probs = self.model(states).log_softmax(-1).gather(1, actions.unsqueeze(1)).squeeze(1)
            ratio = torch.exp(log_probs - old)
            loss = -(ratio * (rewards - values)).mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        self.states, self.actions, self.old, self.values = [], [], [], []


def actor_keeps_states(model: Critic, x, r):
    agent = ReplayingAgent(model)
    for i in range(2):
        for j in range(3):
            agent.act(x[3 * i + j])
        agent.learn(r[3 * i:3 * i + 3])
    return list(model.parameters())


# run m = Critic(); attribute_of_other_method(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | todo
class TwoMethods:
    def __init__(self, net):
        self.net = net
        self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def forward(self, x):
        self.h = self.net.features(x)

    def optimize(self, y):
        loss = F.mse_loss(self.net.policy(self.h), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def attribute_of_other_method(model: Critic, x, y):
    trainer = TwoMethods(model)
    for i in range(4):
        trainer.forward(x[i])
        trainer.optimize(y[i])
    return list(model.parameters())


# run m = Critic(); attribute_within(m, x, y) | model=m | x=f32[4,5,3] | y=f32[4,5,2] | tol=1e-4
class OneMethod:
    def __init__(self, net):
        self.net = net
        self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def forward(self, x):
        self.h = self.net.features(x)

    def optimize(self, x, y):
        self.forward(x)
        loss = F.mse_loss(self.net.policy(self.h), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def attribute_within(model: Critic, x, y):
    trainer = OneMethod(model)
    for i in range(4):
        trainer.optimize(x[i], y[i])
    return list(model.parameters())


# run m = Critic(); rollout_of_dicts(m, x, r) | model=m | x=f32[4,3] | r=f32[4] | todo
def gather_steps(model, x, r):
    steps = []
    for i in range(len(x)):
        steps.append({"value": model.value(model.features(x[i])).squeeze(-1), "x": x[i], "r": r[i]})
    return steps


def learn_from(steps, model, optimizer):
    loss = torch.zeros(())
    for step in steps:
        loss = loss + (step["r"] - step["value"]).pow(2) - 0.01 * model(step["x"]).log_softmax(-1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def rollout_of_dicts(model: Critic, x, r):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        learn_from(gather_steps(model, x, r), model, optimizer)
    return list(model.parameters())


# run m = Critic(); rollout_without_gradients(m, x, r) | model=m | x=f32[4,3] | r=f32[4] | tol=1e-4
@torch.no_grad()
def gather_plain(model, x, r):
    steps = []
    for i in range(len(x)):
        steps.append({"value": model.value(model.features(x[i])).squeeze(-1), "x": x[i], "r": r[i]})
    return steps


def learn_from_plain(steps, model, optimizer):
    loss = torch.zeros(())
    for step in steps:
        loss = loss + (step["r"] - step["value"]).pow(2) - 0.01 * model(step["x"]).log_softmax(-1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def rollout_without_gradients(model: Critic, x, r):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        learn_from_plain(gather_plain(model, x, r), model, optimizer)
    return list(model.parameters())


# run m = Critic(); act_gives_several(m, x, r) | model=m | x=f32[4,3] | r=f32[4] | tol=1e-4
def act(model, x):
    log_probs = model(x).log_softmax(-1)
    action = log_probs.max(-1)[1]
    return action, log_probs


def act_gives_several(model: Critic, x, r):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    buffer = []
    for i in range(4):
        action, log_probs = act(model, x[i])
        buffer.append((x[i], action, r[i]))
    for state, action, reward in buffer:
        loss = -model(state).log_softmax(-1)[action] * reward
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return list(model.parameters())


# run m, t = Critic(), Critic(); target_net(m, t, x, r) | model=m | x=f32[4,5,3] | r=f32[4,5] | tol=1e-4
def target_net(model: Critic, target: Critic, x, r):
    target.load_state_dict(model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i in range(4):
        best = model(x[i]).max(1).indices
        with torch.no_grad():
            goal = r[i] + 0.9 * target(x[i]).max(1).values
        for j in range(2):
            q = model(x[i]).gather(1, best.unsqueeze(1)).squeeze(1)
            loss = F.smooth_l1_loss(q, goal)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return list(model.parameters())

"""Backward passes in methods and functions of their own, between `zero_grad` and `step`; what they go on from is kept in attributes."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def filled_in_order(module):
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(torch.linspace(-0.5, 0.7, p.numel()).view_as(p) * (1 + i % 3))
    return module


def state_of(*modules):
    return [v.clone() for m in modules for v in m.state_dict().values()]


def switch_nets(nets, requires_grad=False):
    if not isinstance(nets, list):
        nets = [nets]
    for net in nets:
        if net is not None:
            for param in net.parameters():
                param.requires_grad = requires_grad


class Adversarial(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("real_label", torch.tensor(1.0))
        self.register_buffer("fake_label", torch.tensor(0.0))
        self.loss = nn.MSELoss()

    def __call__(self, prediction, is_real):
        target = self.real_label if is_real else self.fake_label
        return self.loss(prediction, target.expand_as(prediction))


class Translator:
    def __init__(self):
        self.net_g = filled_in_order(nn.Sequential(nn.Linear(4, 6, bias=False), nn.BatchNorm1d(6), nn.LeakyReLU(0.2), nn.Linear(6, 4), nn.Tanh()))
        self.net_d = filled_in_order(nn.Sequential(nn.Linear(8, 5), nn.LeakyReLU(0.2), nn.Linear(5, 1)))
        self.criterion_gan = Adversarial()
        self.criterion_l1 = nn.L1Loss()
        self.optimizer_g = torch.optim.Adam(self.net_g.parameters(), lr=0.01, betas=(0.5, 0.999))
        self.optimizer_d = torch.optim.Adam(self.net_d.parameters(), lr=0.01, betas=(0.5, 0.999))

    def set_input(self, a, b):
        self.real_a = a
        self.real_b = b

    def forward(self):
        """Run by `optimize_parameters`."""
        self.fake_b = self.net_g(self.real_a)

    def backward_d(self):
        """The critic's loss."""
        pred_fake = self.net_d(torch.cat((self.real_a, self.fake_b), 1).detach())
        self.loss_d_fake = self.criterion_gan(pred_fake, False)
        pred_real = self.net_d(torch.cat((self.real_a, self.real_b), 1))
        self.loss_d_real = self.criterion_gan(pred_real, True)
        # both halves
        self.loss_d = (self.loss_d_fake + self.loss_d_real) * 0.5
        self.loss_d.backward()

    def backward_g(self):
        pred_fake = self.net_d(torch.cat((self.real_a, self.fake_b), 1))
        self.loss_g_gan = self.criterion_gan(pred_fake, True)
        self.loss_g_l1 = self.criterion_l1(self.fake_b, self.real_b) * 2
        self.loss_g = self.loss_g_gan + self.loss_g_l1
        self.loss_g.backward()

    def optimize_parameters(self):
        self.forward()
        switch_nets(self.net_d, True)
        self.optimizer_d.zero_grad()
        self.backward_d()
        self.optimizer_d.step()
        switch_nets(self.net_d, False)
        self.optimizer_g.zero_grad()
        self.backward_g()
        self.optimizer_g.step()


# run translated(xs, ys) | xs=f32[6,5,4] | ys=f32[6,5,4] | tol=1e-4
def translated(xs, ys):
    model = Translator()
    log = []
    for a, b in zip(xs, ys):
        model.set_input(a, b)
        model.optimize_parameters()
        log.append((model.loss_d.item(), model.loss_g_gan.item(), model.loss_g_l1.item(), model.fake_b.mean().item()))
    return log, state_of(model.net_g, model.net_d)


# The attribute is assigned beside the passes, and not in a method.
class Beside:
    def __init__(self):
        self.maker, self.critic = filled_in_order(nn.Linear(3, 4)), filled_in_order(nn.Linear(4, 1))
        self.opt_m = torch.optim.RMSprop(self.maker.parameters(), lr=0.01)
        self.opt_c = torch.optim.RMSprop(self.critic.parameters(), lr=0.01)

    def update(self, x, z):
        self.made = self.maker(z)
        self.doubled = self.made * 2
        self.opt_c.zero_grad()
        loss = self.critic(self.doubled.detach()).mean() - self.critic(x).mean()
        loss.backward()
        self.opt_c.step()
        self.opt_m.zero_grad()
        made_loss = -self.critic(self.doubled).mean() + self.made.pow(2).mean()
        made_loss.backward()
        self.opt_m.step()
        return loss.item(), made_loss.item()


# run kept_beside(xs, zs) | xs=f32[5,6,4] | zs=f32[5,6,3] | tol=1e-4
def kept_beside(xs, zs):
    pair = Beside()
    return [pair.update(x, z) for x, z in zip(xs, zs)], state_of(pair.maker, pair.critic)


# A method that walks back from what it is given, and a function that does.
class Regression:
    def __init__(self):
        self.model = filled_in_order(nn.Linear(4, 2))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)

    def backward(self, loss):
        loss.backward()

    def train_step(self, x, y):
        self.optimizer.zero_grad()
        loss = F.mse_loss(self.model(x), y)
        self.backward(loss)
        self.optimizer.step()
        return loss.item()


def walk_back(model, x, y):
    out = model(x)
    loss = F.mse_loss(out, y)
    loss.backward()


# run given_losses(xs, ys) | xs=f32[5,6,4] | ys=f32[5,6,2] | tol=1e-4
def given_losses(xs, ys):
    own = Regression()
    log = [own.train_step(x, y) for x, y in zip(xs, ys)]
    model = filled_in_order(nn.Linear(4, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for x, y in zip(xs, ys):
        optimizer.zero_grad()
        walk_back(model, x, y)
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
    return log, state_of(own.model, model)


# Two steps share the function.
class Shared:
    def __init__(self):
        self.a, self.b = filled_in_order(nn.Linear(4, 2)), filled_in_order(nn.Linear(4, 2))
        self.opt_a = torch.optim.Adam(self.a.parameters(), lr=0.01)
        self.opt_b = torch.optim.Adam(self.b.parameters(), lr=0.02)

    def walk_back_from(self, net, x):
        loss = net(x).pow(2).mean()
        loss.backward()

    def update(self, x):
        self.opt_a.zero_grad()
        self.walk_back_from(self.a, x)
        self.opt_a.step()
        self.opt_b.zero_grad()
        self.walk_back_from(self.b, x)
        self.opt_b.step()


# run function_of_two_steps(xs) | xs=f32[5,6,4] | tol=1e-4
def function_of_two_steps(xs):
    pair = Shared()
    for x in xs:
        pair.update(x)
    return state_of(pair.a, pair.b)


# Gradients of the first pass stay for the second, and there is a report in between.
class Gathers:
    def __init__(self):
        self.net = filled_in_order(nn.Linear(4, 2))
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)
        self.seen = 0

    def walk_from_part(self, x, scale):
        loss = self.net(x).pow(2).mean() * scale
        loss.backward()
        return loss

    def update(self, x):
        self.opt.zero_grad()
        self.walk_from_part(x[:3], 1.0)
        self.seen += 1
        self.walk_from_part(x[3:], 0.5)
        self.opt.step()


# run gathered_in_method(xs) | xs=f32[5,6,4] | tol=1e-4
def gathered_in_method(xs):
    own = Gathers()
    for x in xs:
        own.update(x)
    return state_of(own.net), own.seen


# The steps are plain: a method of the same name is another class's.
class Plain:
    def __init__(self):
        self.net = filled_in_order(nn.Linear(4, 2))
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def backward_g(self):
        return self.net.weight.sum().item()

    def update(self, x):
        self.opt.zero_grad()
        loss = self.net(x).pow(2).mean()
        loss.backward()
        self.backward_g()
        self.opt.step()


# run name_of_another_class(xs) | xs=f32[5,6,4] | tol=1e-4
def name_of_another_class(xs):
    own = Plain()
    for x in xs:
        own.update(x)
    return state_of(own.net)


# A subclass overrides the method: which loss it is, only the run knows.
# run chosen_by_subclass(x) | x=f32[6,4] | todo
class Base:
    def __init__(self):
        self.net = filled_in_order(nn.Linear(4, 2))
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def walk_from_loss(self, x):
        loss = self.net(x).pow(2).mean()
        loss.backward()

    def update(self, x):
        self.opt.zero_grad()
        self.walk_from_loss(x)
        self.opt.step()


class Doubled(Base):
    def walk_from_loss(self, x):
        loss = self.net(x).pow(2).mean() * 2
        loss.backward()
        print("doubled")


def chosen_by_subclass(x):
    own = Doubled()
    own.update(x)
    return state_of(own.net)


# Somebody else runs the method too, and reads the gradients.
# run called_from_outside(x) | x=f32[6,4] | todo
class Watched:
    def __init__(self):
        self.net = filled_in_order(nn.Linear(4, 2))
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def walk_and_keep(self, x):
        loss = self.net(x).pow(2).mean()
        loss.backward()

    def update(self, x):
        self.opt.zero_grad()
        self.walk_and_keep(x)
        self.opt.step()


def called_from_outside(x):
    own = Watched()
    own.update(x)
    own.opt.zero_grad()
    own.walk_and_keep(x)
    return state_of(own.net), own.net.weight.grad.clone()


# What the attribute was made of is another one by then.
# run made_of_changed(xs, zs) | xs=f32[3,6,4] | zs=f32[3,6,3] | todo
class Moving:
    def __init__(self):
        self.maker, self.critic = filled_in_order(nn.Linear(3, 4)), filled_in_order(nn.Linear(4, 1))
        self.opt_m = torch.optim.SGD(self.maker.parameters(), lr=0.01)
        self.opt_c = torch.optim.SGD(self.critic.parameters(), lr=0.01)

    def forward(self):
        self.made = self.maker(self.z)

    def walk_from_critic(self, x):
        self.z = self.z + 1
        loss = self.critic(self.made.detach()).mean() - self.critic(x).mean()
        loss.backward()

    def walk_from_maker(self):
        loss = -self.critic(self.made).mean()
        loss.backward()

    def update(self, x):
        self.forward()
        self.opt_c.zero_grad()
        self.walk_from_critic(x)
        self.opt_c.step()
        self.opt_m.zero_grad()
        self.walk_from_maker()
        self.opt_m.step()


def made_of_changed(xs, zs):
    own = Moving()
    for x, own.z in zip(xs, zs):
        own.update(x)
    return state_of(own.maker, own.critic)


# The forward pass counts.
# run counted_passes(xs, zs) | xs=f32[3,6,4] | zs=f32[3,6,3] | todo
class Counting:
    def __init__(self):
        self.maker, self.critic = filled_in_order(nn.Linear(3, 4)), filled_in_order(nn.Linear(4, 1))
        self.opt_m = torch.optim.SGD(self.maker.parameters(), lr=0.01)
        self.opt_c = torch.optim.SGD(self.critic.parameters(), lr=0.01)
        self.count = 0

    def forward(self, z):
        self.count += 1
        self.made = self.maker(z) * self.count

    def update(self, x, z):
        self.forward(z)
        self.opt_c.zero_grad()
        loss = self.critic(self.made.detach()).mean() - self.critic(x).mean()
        loss.backward()
        self.opt_c.step()
        self.opt_m.zero_grad()
        loss = -self.critic(self.made).mean()
        loss.backward()
        self.opt_m.step()


def counted_passes(xs, zs):
    own = Counting()
    for x, z in zip(xs, zs):
        own.update(x, z)
    return state_of(own.maker, own.critic)


# Part of the loss runs the model anew, and part goes on from the attribute.
class Both:
    def __init__(self):
        self.maker, self.critic = filled_in_order(nn.Linear(3, 4)), filled_in_order(nn.Linear(4, 1))
        self.opt_m = torch.optim.SGD(self.maker.parameters(), lr=0.05)
        self.opt_c = torch.optim.SGD(self.critic.parameters(), lr=0.05)

    def forward(self):
        self.made = self.maker(self.z)

    def walk_from_critic_of(self, x):
        loss = self.critic(self.made.detach()).mean() - self.critic(x).mean()
        loss.backward()

    def walk_from_both(self):
        same = self.maker(self.z * 0.5)
        loss = -self.critic(self.made).mean() + same.pow(2).mean()
        loss.backward()

    def update(self, x):
        self.forward()
        self.opt_c.zero_grad()
        self.walk_from_critic_of(x)
        self.opt_c.step()
        self.opt_m.zero_grad()
        self.walk_from_both()
        self.opt_m.step()


# run anew_and_kept(xs, zs) | xs=f32[3,6,4] | zs=f32[3,6,3] | tol=1e-4
def anew_and_kept(xs, zs):
    own = Both()
    for x, own.z in zip(xs, zs):
        own.update(x)
    return state_of(own.maker, own.critic)


# What the second step reads of the first one's method is a number, and a value without its graph.
class InTurns:
    def __init__(self):
        self.maker, self.critic = filled_in_order(nn.Linear(3, 4)), filled_in_order(nn.Linear(4, 1))
        self.opt_m = torch.optim.SGD(self.maker.parameters(), lr=0.05)
        self.opt_c = torch.optim.SGD(self.critic.parameters(), lr=0.05)
        self.turns = 0

    def prepare(self, z):
        made = self.maker(z)
        self.turns += 1
        self.level = made.mean().item()
        return made.detach()

    def update(self, x, z):
        made = self.prepare(z)
        self.opt_c.zero_grad()
        loss = self.critic(made).mean() - self.critic(x).mean()
        loss.backward()
        self.opt_c.step()
        self.opt_m.zero_grad()
        loss = -self.critic(self.maker(z)).mean() * self.turns + self.level
        loss.backward()
        self.opt_m.step()
        return loss.item()


# run numbers_between_steps(xs, zs) | xs=f32[4,6,4] | zs=f32[4,6,3] | tol=1e-4
def numbers_between_steps(xs, zs):
    own = InTurns()
    return [own.update(x, z) for x, z in zip(xs, zs)], state_of(own.maker, own.critic)


# A method that runs two passes, one on the way: the gradients of both add up.
# run two_on_the_way(xs) | xs=f32[3,6,4] | todo
class TwoPasses:
    def __init__(self):
        self.net = filled_in_order(nn.Linear(4, 2))
        self.opt = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def walk_from_mean(self, x):
        loss = self.net(x).mean()
        loss.backward()

    def walk_from_two(self, x):
        self.walk_from_mean(x)
        loss = self.net(x).pow(2).mean()
        loss.backward()

    def update(self, x):
        self.opt.zero_grad()
        self.walk_from_two(x)
        self.opt.step()


def two_on_the_way(xs):
    own = TwoPasses()
    for x in xs:
        own.update(x)
    return state_of(own.net)


# What the maker's pass leaves in the critic is added to the critic's own: nobody clears it between the passes.
# run left_in_critic(xs, zs) | xs=f32[4,6,4] | zs=f32[4,6,3] | tol=1e-4 | todo
class Leaving:
    def __init__(self):
        self.maker, self.critic = filled_in_order(nn.Linear(3, 4)), filled_in_order(nn.Linear(4, 1))
        self.opt_m = torch.optim.SGD(self.maker.parameters(), lr=0.05)
        self.opt_c = torch.optim.SGD(self.critic.parameters(), lr=0.05)

    def back_m(self, z):
        self.loss_m = -self.critic(self.maker(z)).mean()
        self.loss_m.backward()

    def back_c(self, x, z):
        self.loss_c = self.critic(self.maker(z).detach()).mean() - self.critic(x).pow(2).mean()
        self.loss_c.backward()

    def update(self, x, z):
        self.opt_m.zero_grad()
        self.opt_c.zero_grad()
        self.back_m(z)
        self.opt_m.step()
        self.back_c(x, z)
        self.opt_c.step()


def left_in_critic(xs, zs):
    own = Leaving()
    for x, z in zip(xs, zs):
        own.update(x, z)
    return state_of(own.maker, own.critic)


# A whole step of another object on the way to the loss.
# run helped_on_the_way(xs) | xs=f32[3,6,3] | tol=1e-4 | todo
class Helper:
    def __init__(self):
        self.net = filled_in_order(nn.Linear(4, 1))
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def learn(self, z):
        self.optimizer.zero_grad()
        loss = self.net(z).pow(2).mean()
        loss.backward()
        self.optimizer.step()


class Helped:
    def __init__(self):
        self.net = filled_in_order(nn.Linear(3, 4))
        self.helper = Helper()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.05)

    def walk(self, x):
        z = self.net(x)
        self.helper.learn(z.detach())
        self.loss = self.helper.net(z).mean()
        self.loss.backward()

    def update(self, x):
        self.optimizer.zero_grad()
        self.walk(x)
        self.optimizer.step()


def helped_on_the_way(xs):
    own = Helped()
    for x in xs:
        own.update(x)
    return state_of(own.net, own.helper.net)

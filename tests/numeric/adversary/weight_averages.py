"""Averages of weights as published: a dictionary of shadows whose `.data` is replaced, and parameters that are looked up by name."""
import torch
import torch.nn as nn


class Shadow(object):
    def __init__(self, mu=0.999):
        self.mu = mu
        self.shadow = {}

    def register(self, module):
        if isinstance(module, nn.DataParallel):
            module = module.module
        for name, param in module.named_parameters():
            if param.requires_grad:
                self.shadow[name] = param.data.clone()

    def update(self, module):
        if isinstance(module, nn.DataParallel):
            module = module.module
        for name, param in module.named_parameters():
            if param.requires_grad:
                self.shadow[name].data = (1. - self.mu) * param.data + self.mu * self.shadow[name].data

    def ema(self, module):
        for name, param in module.named_parameters():
            if param.requires_grad:
                param.data.copy_(self.shadow[name].data)

    def state_dict(self):
        return self.shadow


# run shadowed()
def shadowed():
    a, b = nn.Linear(3, 2), nn.Linear(3, 2)
    nn.init.ones_(a.weight)
    nn.init.zeros_(a.bias)
    nn.init.zeros_(b.weight)
    nn.init.zeros_(b.bias)
    e = Shadow(0.75)
    e.register(a)
    held = e.state_dict()["weight"]
    nn.init.constant_(a.weight, 3.0)
    e.update(a)
    a.bias.requires_grad_(False)
    nn.init.constant_(a.bias, 5.0)
    e.update(a)
    e.ema(b)
    return b.weight, b.bias, held, e.state_dict()["bias"]


class ByName(nn.Module):
    def __init__(self, model, decay=0.9):
        super().__init__()
        self.decay = decay
        self.names = {}
        for name, p in model.named_parameters():
            if p.requires_grad:
                own = name.replace('.', '')
                self.names.update({name: own})
                self.register_buffer(own, p.clone().detach().data)

    def copy_to(self, model):
        params = dict(model.named_parameters())
        shadow = dict(self.named_buffers())
        for key in params:
            if params[key].requires_grad:
                params[key].data.copy_(shadow[self.names[key]].data)
            else:
                assert key not in self.names

    def trained(self, model):
        params = dict(model.named_parameters())
        return [key for key in params if params[key].requires_grad]


# run by_name()
def by_name():
    a = nn.Linear(3, 2)
    nn.init.ones_(a.weight)
    nn.init.ones_(a.bias)
    a.bias.requires_grad = False
    e = ByName(a)
    nn.init.constant_(a.weight, 3.0)
    nn.init.constant_(a.bias, 4.0)
    before = a.weight.detach().clone()
    e.copy_to(a)
    return before, a.weight, a.bias, e.trained(a)


class Average(nn.Module):
    def __init__(self, model, decay=0.9999, use_num_upates=True):
        super().__init__()
        self.m_name2s_name = {}
        self.register_buffer('decay', torch.tensor(decay, dtype=torch.float32))
        self.register_buffer('num_updates', torch.tensor(0, dtype=torch.int) if use_num_upates else torch.tensor(-1, dtype=torch.int))
        for name, p in model.named_parameters():
            if p.requires_grad:
                s_name = name.replace('.', '')
                self.m_name2s_name.update({name: s_name})
                self.register_buffer(s_name, p.clone().detach().data)
        self.collected_params = []

    def forward(self, model):
        decay = self.decay
        if self.num_updates >= 0:
            self.num_updates += 1
            decay = min(self.decay, (1 + self.num_updates) / (10 + self.num_updates))
        one_minus_decay = 1.0 - decay
        with torch.no_grad():
            m_param = dict(model.named_parameters())
            shadow_params = dict(self.named_buffers())
            for key in m_param:
                if m_param[key].requires_grad:
                    sname = self.m_name2s_name[key]
                    shadow_params[sname] = shadow_params[sname].type_as(m_param[key])
                    shadow_params[sname].sub_(one_minus_decay * (shadow_params[sname] - m_param[key]))
                else:
                    assert not key in self.m_name2s_name

    def copy_to(self, model):
        m_param = dict(model.named_parameters())
        shadow_params = dict(self.named_buffers())
        for key in m_param:
            if m_param[key].requires_grad:
                m_param[key].data.copy_(shadow_params[self.m_name2s_name[key]].data)
            else:
                assert not key in self.m_name2s_name

    def store(self, parameters):
        self.collected_params = [param.clone() for param in parameters]

    def restore(self, parameters):
        for c_param, param in zip(self.collected_params, parameters):
            param.data.copy_(c_param.data)


# run averaged(), averaged(True)
def averaged(is_half=False):
    a = nn.Linear(3, 2)
    nn.init.ones_(a.weight)
    nn.init.ones_(a.bias)
    e = Average(a, 0.5)
    nn.init.constant_(a.weight, 3.0)
    if is_half:
        a.half()
    e(a)
    e(a)
    e.store(a.parameters())
    e.copy_to(a)
    w = a.weight.detach().clone()
    e.restore(a.parameters())
    return w, a.weight.detach().clone(), e.num_updates, [n for n, _ in e.named_buffers()], e.weight, e.bias

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


class SyncLike(nn.BatchNorm2d):
    def forward(self, x):
        self._check_input_dim(x)
        if self.training:
            mean = x.mean([0, 2, 3])
            var = x.var([0, 2, 3], unbiased=False)
        else:
            mean, var = self.running_mean, self.running_var
        x = (x - mean[None, :, None, None]) / torch.sqrt(var[None, :, None, None] + self.eps)
        return x * self.weight[None, :, None, None] + self.bias[None, :, None, None]


class AnyRank(nn.BatchNorm1d):
    def _check_input_dim(self, input):
        if input.dim() < 2:
            raise ValueError("too few dimensions")


class Ghost(_BatchNorm):
    def _check_input_dim(self, input):
        return None

    def forward(self, x):
        self._check_input_dim(x)
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps)


class Checked(nn.InstanceNorm2d):
    def forward(self, x):
        self._check_input_dim(x)
        return super().forward(x)


class Strict(nn.BatchNorm2d):
    def _check_input_dim(self, input):
        super()._check_input_dim(input)
        if input.shape[1] != self.num_features:
            raise ValueError("channels")


# run m(x), m.eval()(x) | model=m | x=f32[2,3,4,5] | grad=x,parameters
m = SyncLike(3)


# run n(x), n.eval()(x) | model=n | x=f32[2,3,4,5]
n = AnyRank(3)


# run g(x), g.eval()(x) | model=g | x=f32[2,3,4]
g = Ghost(3)


# run i(x) | model=i | x=f32[2,3,4,5]
i = Checked(3, affine=True)


# run s(x), refused(s, x[0]), refused(s, x[:, :2]), refused(m, x[0]) | model=s | x=f32[2,3,4,5]
s = Strict(3)


def refused(layer, x):
    try:
        layer(x)
    except ValueError:
        return True
    return False

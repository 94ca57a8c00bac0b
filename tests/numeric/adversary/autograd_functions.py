"""Operations with a gradient of their own, as people write them: context or setup_context, numbers among the arguments, several results."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.cuda.amp import custom_bwd, custom_fwd


class SwishFn(torch.autograd.Function):
    @staticmethod
    def symbolic(g, x):
        return g.op("Mul", x, g.op("Sigmoid", x))

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad_output):
        x = ctx.saved_tensors[0]
        s = torch.sigmoid(x)
        return grad_output * (s * (1 + x * (1 - s)))


class Swish(nn.Module):
    def forward(self, x):
        return SwishFn.apply(x)


# run swish(x) | x=f32[2,3] | grad=x
def swish(x):
    return Swish()(x)


class OlderSwish(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_variables
        s = torch.sigmoid(x)
        return grad_output * (s * (1 + x * (1 - s)))


# run older_swish(x) | x=f32[2,3] | grad=x
def older_swish(x):
    return OlderSwish.apply(x)


class GradReverse(Function):
    @staticmethod
    def forward(ctx, x, alpha=1.0):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.neg() * ctx.alpha, None


grad_reverse = GradReverse.apply


# run reversed_twice(x) | x=f32[2,3] | grad=x
def reversed_twice(x):
    return grad_reverse(x, 0.5) + GradReverse.apply(x) * 2


class RoundSTE(Function):
    @staticmethod
    def forward(ctx, input):
        return torch.round(input)

    @staticmethod
    def backward(ctx, grad):
        return grad.clone()


# run straight_through(x) | x=f32[3,4] | grad=x
def straight_through(x):
    return RoundSTE.apply(x * 3) / 3


class Affine(Function):
    @staticmethod
    @custom_fwd
    def forward(ctx, x, weight, bias=None):
        ctx.save_for_backward(x, weight)
        ctx.has_bias = bias is not None
        out = x @ weight.t()
        if bias is not None:
            out = out + bias
        return out

    @staticmethod
    @once_differentiable
    @custom_bwd
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        grad_x = grad_w = grad_b = None
        if ctx.needs_input_grad[0]:
            grad_x = grad @ weight
        if ctx.needs_input_grad[1]:
            grad_w = grad.t() @ x
        if ctx.has_bias and ctx.needs_input_grad[2]:
            grad_b = grad.sum(0)
        return grad_x, grad_w, grad_b


# run affine(x, w, b) | x=f32[2,3] | w=f32[4,3] | b=f32[4] | grad=x,w,b
def affine(x, w, b):
    return Affine.apply(x, w, b), Affine.apply(x, w)


class SortAndIndex(Function):
    @staticmethod
    def forward(ctx, x):
        values, order = torch.sort(x, dim=-1)
        ctx.save_for_backward(order)
        ctx.mark_non_differentiable(order)
        return values, order

    @staticmethod
    def backward(ctx, grad_values, grad_order):
        (order,) = ctx.saved_tensors
        return torch.zeros_like(grad_values).scatter(-1, order, grad_values)


# run two_results(x) | x=f32[2,5] | grad=x | check=kind
def two_results(x):
    values, order = SortAndIndex.apply(x)
    return values * torch.arange(5.0), order


class Cube(Function):
    @staticmethod
    def forward(x, scale):
        return scale * x ** 3

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, scale = inputs
        ctx.save_for_backward(x)
        ctx.scale = scale

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * ctx.scale * x ** 2 * grad, None


# run with_setup(x) | x=f32[4] | grad=x
def with_setup(x):
    return F.relu(Cube.apply(x, 2.0))


# run nested(x) | x=f32[4] | grad=x
def nested(x):
    return Cube.apply(SwishFn.apply(grad_reverse(x, 2.0)), 0.5).sum()


# run sample_loss(a, b) | a=f32[4,6] | b=f32[4,6] > 0 | grad=a,b
def sample_loss(image, at):
    left = at.long().clamp(0, 4)
    weight = at.clamp(0, 4) - left.float()
    taken = image.gather(1, left)
    return taken * (1 - weight) + weight, at * at.int(), at - at.to(torch.int64), (at > 1).float() * at, at * at.bool()


# run sample_functions_loss(a, b) | a=f32[4,6] | b=f32[4,6] > 0 | grad=a,b
def sample_functions_loss(image, at):
    left = torch.clamp(at.long(), 0, 4)
    weight = torch.clamp(at, 0, 4) - left.float()
    return torch.gather(image, 1, left) * (1 - weight) + weight


# run multiplied_loss(a) | a=f32[4,6] > 0 | grad=a
def multiplied_loss(at):
    return torch.mul(at, at.int()), torch.sub(at, at.to(torch.int64)), at * 2


# run codebook_loss(a, b) | a=f32[5,3] | b=f32[4,3] | grad=a,b
def codebook_loss(x, codes):
    distances = (x[:, None] - codes[None]).pow(2).sum(-1)
    nearest = distances.argmin(dim=1)
    picked = codes[nearest]
    order = distances.sum(1).argsort()
    return F.mse_loss(picked, x.detach()), F.embedding(nearest, codes), x[order] * 2, distances[torch.arange(5), nearest]


# run temporal(a, b) | a=f32[4,3] | b=f32[4,3] | grad=a,b | todo
def temporal(q, q_next):
    with torch.no_grad():
        best = q_next.max(1)[0]
        target = 1 + 0.9 * best
    return F.mse_loss(q[:, 0], target), q * q_next


# run activations_far(x) | x=np.array([0.0, 100.0, -100.0, 12.0, 1.0]) | grad=x
def activations_far(x):
    return F.elu(x), F.selu(x), nn.ELU(0.5)(x), nn.SELU()(x), F.celu(x), torch.selu(x), F.elu(x, alpha=0.3, inplace=False)


class ThresholdFn(Function):
    @classmethod
    def forward(cls, ctx, X, dim=-1, k=None):
        ctx.dim = dim
        top, _ = X.max(dim=dim, keepdim=True)
        values, order = X.topk(k=X.size(dim) if k is None else k, dim=dim)
        ctx.save_for_backward(order)
        return X - top + values.sum(dim=dim, keepdim=True)

    @classmethod
    def backward(cls, ctx, grad):
        (order,) = ctx.saved_tensors
        picked = torch.zeros_like(grad).scatter_(ctx.dim, order, 1.0)
        return grad * picked + grad.mean(dim=ctx.dim, keepdim=True), None, None


# run threshold(x) | x=f32[3,5] | grad=x
def threshold(x):
    return ThresholdFn.apply(x, 1, 2), ThresholdFn.apply(x.t())


class SquareInPlace(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x.clone())
        x.mul_(x).mul_(scale)
        ctx.mark_dirty(x)
        return x, x.sum()

    @staticmethod
    def backward(ctx, grad, total):
        (x,) = ctx.saved_tensors
        return (grad + total) * 2 * x, None


# run squared_in_place(x) | x=f32[2,3] | grad=x
def squared_in_place(x):
    y = x + 1
    z, total = SquareInPlace.apply(y, 1.0)
    return y * 2, z + y, total


# run clamped_in_place(x) | x=f32[2,3] | todo
class ClampInPlace(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clamp_(min=0)

    @staticmethod
    def backward(ctx, grad):
        return grad


def clamped_in_place(x):
    y = x + 1
    z = ClampInPlace.apply(y)
    return y, z


class DoubledInPlace(torch.autograd.Function):
    @staticmethod
    def forward(x):
        x.mul_(2)
        return x

    @staticmethod
    def setup_context(ctx, inputs, output):
        (given,) = inputs
        ctx.mark_dirty(given)

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


# run doubled_in_place(x) | x=f32[2,3] | grad=x
def doubled_in_place(x):
    y = x + 1
    z = DoubledInPlace.apply(y)
    return y, z * 3


# run shifted_in_place(x) | x=f32[2,3] | todo
class ShiftedInPlace(torch.autograd.Function):
    @staticmethod
    def forward(x):
        x.add_(1)
        return x * 1

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, grad):
        return grad


def shifted_in_place(x):
    y = x + 1
    z = ShiftedInPlace.apply(y)
    return y, z

"""Long sums in half precision: PyTorch adds up in float32, whatever the dtype of its tensors."""

import torch
import torch.nn as nn
import torch.nn.functional as F


# run attention(x) | x=f32[1,2,700,8] | tol=2e-2
def attention(x):
    q = x.to(torch.bfloat16)
    weights = (q @ q.transpose(-2, -1) / 8).softmax(dim=-1)
    return (weights @ q).float(), weights.sum(-1).float()


# run layers(x) | x=f32[3,3000] | tol=1e-2
def layers(x):
    half = x.half()
    head = nn.Sequential(nn.Flatten(), nn.Softmax(dim=-1))
    return (head(half) * 1000).float(), (nn.Softmin(dim=1)(half) * 1000).float(), F.kl_div(F.log_softmax(half, -1), head(half), reduction="sum").float()


# run nucleus(x) | x=f32[2,4000] | tol=1e-2
def nucleus(logits, top_p=0.9):
    probs = F.softmax(logits.to(torch.bfloat16), dim=-1)
    ordered, order = torch.sort(probs, descending=True)
    running = ordered.cumsum(dim=-1)
    return running.float(), torch.logcumsumexp(ordered, dim=-1).float()


# run heads(x) | x=f32[2,600,16] | tol=2e-2
def heads(x):
    torch.manual_seed(0)
    layer = nn.MultiheadAttention(16, 2, batch_first=True).to(torch.bfloat16)
    with torch.no_grad():
        for p in layer.parameters():
            p.fill_(0.05)
    half = x.to(torch.bfloat16)
    return layer(half, half, half, need_weights=True)[1].float() * 100


# run averages(x) | x=np.full((2, 50000), 3.0) | tol=1e-2
def averages(x: torch.Tensor):
    half = x.half()
    return half.mean(), half.mean(dim=1), torch.mean(half, -1, keepdim=True), (half - half.mean()).pow(2).mean(), half.var(), half.std(dim=1), torch.var_mean(half, 1)


def pooled(x):
    return x.mean(dim=(2, 3)), torch.std(x, dim=[2, 3])


# run pooled_halves(x) | x=f32[1,2,300,300] > 2 | tol=1e-2
def pooled_halves(x):
    return pooled(x.to(torch.float16))


# run losses(x, y) | x=np.full((100000,), 3.0) | y=np.full((100000,), 1.0) | grad=x | tol=1e-2
def losses(x, y):
    a, b = x.half(), y.half()
    return F.mse_loss(a, b), F.l1_loss(a, b), F.smooth_l1_loss(a, b), F.huber_loss(a, b), F.binary_cross_entropy_with_logits(a, b * 0), nn.MSELoss()(a, b), nn.L1Loss()(a, b)


# run channels(x) | x=np.tile(np.array([[0.0, 4.0]]), (40000, 1)) | tol=1e-2
def channels(x):
    return nn.InstanceNorm1d(2)(x.half().t()[None] + 1), nn.AdaptiveAvgPool1d(1)(x.half().t()[None]), F.avg_pool1d(x.half().t()[None], 40000)

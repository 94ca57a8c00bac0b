"""Gradients where a function has none, or an infinite one: lengths of nothing, rows that are masked whole, differences of equals."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


# run norm_of_nothing(x) | x=np.zeros((2, 3)) | grad=x
def norm_of_nothing(x):
    return x.norm(), torch.norm(x), torch.linalg.norm(x), torch.linalg.vector_norm(x)


# run norm_rows(x) | x=np.array([[0.0, 0.0], [3.0, 4.0]]) | grad=x
def norm_rows(x):
    return x.norm(dim=-1), x.norm(p=2, dim=1, keepdim=True), torch.norm(x, dim=0)


# run normalized(x) | x=np.array([[0.0, 0.0], [3.0, 4.0]]) | grad=x
def normalized(x):
    return F.normalize(x, dim=-1)


# run by_length(x) | x=np.array([[0.0, 0.0], [3.0, 4.0]]) | grad=x
def by_length(x):
    return x / x.norm(dim=-1, keepdim=True).clamp(min=1e-6)


# run spread_loss(x) | x=np.ones((2, 3)) | grad=x
def spread_loss(x):
    return x.std(), x.std(dim=1), torch.std(x, dim=0, unbiased=False)


# run distance(x, y) | x=np.array([[0.0, 0.0], [3.0, 4.0]]) | y=np.array([[0.0, 0.0], [0.0, 0.0]]) | grad=x,y
def distance(x, y):
    return torch.cdist(x, y), F.pairwise_distance(x, y, eps=0.0), torch.dist(x, y)


# run cosine(x, y) | x=np.array([[0.0, 0.0], [3.0, 4.0]]) | y=f32[2,2] | grad=x,y
def cosine(x, y):
    return F.cosine_similarity(x, y), nn.CosineSimilarity(dim=0)(x, y)


# run masked_rows(x, m) | x=f32[2,3] | m=np.array([[True, True, True], [True, False, False]]) | grad=x
def masked_rows(x, m):
    p = x.masked_fill(m, float("-inf")).softmax(dim=-1)
    return torch.nan_to_num(p)


# run attention_row(q, m) | q=f32[3,4] | m=np.array([[True, True, True], [True, False, False], [False, True, False]]) | grad=q
def attention_row(q, m):
    s = q @ q.t() / math.sqrt(4)
    s = s.masked_fill(m, -1e9)
    return F.softmax(s, dim=-1) @ q


# run lse_loss(x, m) | x=f32[2,3] | m=np.array([[True, True, True], [True, False, False]]) | grad=x
def lse_loss(x, m):
    s = torch.where(m, torch.full_like(x, -float("inf")), x)
    z = torch.logsumexp(s, dim=1)
    return torch.where(torch.isinf(z), torch.zeros_like(z), z)


# run angle(x, y) | x=np.array([0.0, 1.0]) | y=np.array([0.0, 2.0]) | grad=x,y
def angle(x, y):
    return torch.atan2(x, y), torch.hypot(x, y)


# run safe_where(x) | x=np.array([0.0, 4.0, -1.0]) | grad=x
def safe_where(x):
    safe = torch.where(x > 0, x, torch.ones_like(x))
    return torch.where(x > 0, safe.sqrt(), torch.zeros_like(x))


# run entropy(p) | p=np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]) | grad=p
def entropy(p):
    return -(p * torch.log(p.clamp(min=1e-12))).sum(-1)


# run xlog(p) | p=np.array([0.0, 0.5, 1.0]) | grad=p
def xlog(p):
    return torch.xlogy(p, p + 1), torch.special.entr(p + 0.5)


# run hinge(x) | x=np.array([0.0, 0.5, -0.5, 1.0]) | grad=x
def hinge(x):
    return F.relu(x), x.clamp(min=0), torch.clamp(1 - x, min=0.0), F.softshrink(x), F.hardtanh(x, 0, 1), F.relu6(x)


# run powers(x) | x=np.array([0.0, 2.0, -1.0]) | grad=x
def powers(x):
    return x ** 2, x.pow(3), x.abs(), x ** 1, torch.square(x)


# run kl(p, q) | p=np.array([[0.0, 1.0], [0.5, 0.5]]) | q=np.array([[0.5, 0.5], [0.1, 0.9]])
def kl(p, q):
    return F.kl_div(q.log(), p, reduction="batchmean"), F.kl_div(q.log(), p, reduction="sum")


# run bce(p, t) | p=np.array([0.0, 1.0, 0.5]) | t=np.array([0.0, 1.0, 1.0])
def bce(p, t):
    return F.binary_cross_entropy(p, t), F.binary_cross_entropy(p, t, reduction="none")


# run ssim_like(x, y) | x=np.ones((2, 3)) | y=np.ones((2, 3)) | grad=x,y
def ssim_like(x, y):
    sigma = torch.sqrt(F.relu(x.var(1) - y.var(1)))
    d = ((x - y) ** 2).sum(1).clamp(min=0)
    return sigma, d.sqrt()


# run contrastive(x, y) | x=np.array([[0.0, 1.0], [3.0, 4.0]]) | y=np.array([[0.0, 1.0], [1.0, 2.0]]) | grad=x,y
def contrastive(x, y):
    d = F.pairwise_distance(x, y)
    return (F.relu(1.0 - d) ** 2).mean(), F.triplet_margin_loss(x, y, y * 2)


# run bounded_attr(x) | x=np.array([-1.0, 1.0, 2.0, 0.0]) | grad=x
def bounded_attr(x):
    cos = torch.clamp(x, -1.0, 1.0)
    sin = torch.sqrt(torch.clamp(1.0 - cos * cos, min=0.0))
    return torch.acos(cos), sin


# run ties_loss(x, y) | x=np.array([[-1.0, 0.0], [0.0, 2.0]]) | y=np.zeros((2, 2)) | grad=x,y
def ties_loss(x, y):
    hinge = torch.max(x, torch.zeros_like(x)) + torch.maximum(torch.tensor(0.0), x) * 3
    return hinge, torch.min(x, y), torch.minimum(x[:, None], y[None]), x.max(y) * 2, x.maximum(y)


# run overlap_loss(a, b) | a=np.array([[0.0, 0.0, 1.0, 1.0], [0.2, 0.1, 0.9, 1.0]]) | b=np.array([[0.0, 0.3, 0.8, 1.0]]) | grad=a
def overlap_loss(a, b):
    lt = torch.max(a[:, None, :2], b[None, :, :2])
    rb = torch.min(a[:, None, 2:], b[None, :, 2:])
    wh = (rb - lt).clamp(min=0)
    return 1 - wh[..., 0] * wh[..., 1]


# run slope_at_zero(x) | x=np.array([-1.0, 0.0, 2.0]) | grad=x
def slope_at_zero(x):
    return F.prelu(x, torch.tensor([0.25])), F.rrelu(x)

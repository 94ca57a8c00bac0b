"""Argument forms of functions and methods, as people write them."""
import math

import torch
import torch.nn.functional as F


# run accuracy(x, y) | x=f32[6,4] | y=i64[6] < 4
def accuracy(logits, target, topk=(1, 3)):
    maxk = max(topk)
    batch_size = target.size(0)
    _, pred = logits.topk(maxk, 1, True, True)
    pred = pred.t()
    correct = pred.eq(target.view(1, -1).expand_as(pred))
    res = []
    for k in topk:
        correct_k = correct[:k].reshape(-1).float().sum(0, keepdim=True)
        res.append(correct_k.mul_(100.0 / batch_size))
    return res


# run iou(x, y) | x=f32[3,4] > 0 | y=f32[5,4] > 0
def iou(boxes1, boxes2):
    area1 = (boxes1[:, 2] - boxes1[:, 0]) * (boxes1[:, 3] - boxes1[:, 1])
    area2 = (boxes2[:, 2] - boxes2[:, 0]) * (boxes2[:, 3] - boxes2[:, 1])
    lt = torch.max(boxes1[:, None, :2], boxes2[:, :2])
    rb = torch.min(boxes1[:, None, 2:], boxes2[:, 2:])
    wh = (rb - lt).clamp(min=0)
    inter = wh[:, :, 0] * wh[:, :, 1]
    return inter / (area1[:, None] + area2 - inter + 1e-6)


# run gather_last(x, y) | x=f32[2,5,3] | y=i64[2] > 0 < 5
def gather_last(hidden, lengths):
    idx = (lengths - 1).view(-1, 1).expand(len(lengths), hidden.size(2)).unsqueeze(1)
    return hidden.gather(1, idx).squeeze(1)


# run length_mask(y) | y=i64[3] > 0 < 7
def length_mask(lengths, max_len=None):
    if max_len is None:
        max_len = lengths.max().item()
    return torch.arange(max_len, device=lengths.device)[None, :] < lengths[:, None]


# run standardize(x) | x=f32[4,5] | grad=x
def standardize(x, dim=-1, eps=1e-5):
    mean, std = x.mean(dim, keepdim=True), x.std(dim, keepdim=True)
    return (x - mean) / (std + eps)


# run whiten(x) | x=f32[6,3]
def whiten(x):
    var, mean = torch.var_mean(x, dim=0, unbiased=False)
    return (x - mean) * torch.rsqrt(var + 1e-5)


# run logmeanexp(x) | x=f32[3,5] | grad=x
def logmeanexp(x, dim=1):
    return torch.logsumexp(x, dim=dim) - math.log(x.shape[dim])


# run chunked(x) | x=f32[2,7,6]
def chunked(x):
    q, k, v = x.chunk(3, dim=-1)
    a, *rest = torch.split(x, [2, 3, 2], dim=1)
    return q + k + v, a, torch.cat(rest, 1), len(x.split(3, 1))


# run histogram(y) | y=i64[12] < 5
def histogram(labels, classes=5):
    counts = torch.bincount(labels, minlength=classes)
    freq = counts.float() / counts.sum()
    weight = 1.0 / torch.clamp(freq, min=1e-3)
    return counts, weight / weight.sum()


# run confusion(x, y) | x=i64[9] < 3 | y=i64[9] < 3
def confusion(pred, target, n=3):
    k = (target >= 0) & (target < n)
    return torch.bincount(n * target[k] + pred[k], minlength=n ** 2).reshape(n, n)


# run one_hot_smooth(y) | y=i64[4] < 5
def one_hot_smooth(y, classes=5, eps=0.1):
    t = torch.full((y.size(0), classes), eps / (classes - 1))
    return t.scatter_(1, y.unsqueeze(1), 1.0 - eps)


# run positions(y) | y=i64[2,6] < 3
def positions(ids, padding_idx=0):
    mask = ids.ne(padding_idx).int()
    return (torch.cumsum(mask, dim=1).type_as(mask) * mask).long() + padding_idx


# run last_true(m) | m=bool[3,6] | check=kind
def last_true(mask):
    idx = torch.arange(mask.size(-1)).expand_as(mask)
    return torch.where(mask, idx, torch.full_like(idx, -1)).max(dim=-1).values


# run top_p(x) | x=f32[2,8]
def top_p(logits, p=0.9):
    sorted_logits, sorted_indices = torch.sort(logits, descending=True)
    cumulative = torch.cumsum(F.softmax(sorted_logits, dim=-1), dim=-1)
    remove = cumulative > p
    remove[..., 1:] = remove[..., :-1].clone()
    remove[..., 0] = 0
    indices = remove.scatter(1, sorted_indices, remove)
    return logits.masked_fill(indices, -float("inf"))


# run top_k(x) | x=f32[2,8]
def top_k(logits, k=3):
    v, _ = torch.topk(logits, min(k, logits.size(-1)))
    logits[logits < v[:, [-1]]] = -float("Inf")
    return logits


# run sinusoid(7, 6)
def sinusoid(n, d):
    pe = torch.zeros(n, d)
    position = torch.arange(0, n, dtype=torch.float).unsqueeze(1)
    div_term = torch.exp(torch.arange(0, d, 2).float() * (-math.log(10000.0) / d))
    pe[:, 0::2] = torch.sin(position * div_term)
    pe[:, 1::2] = torch.cos(position * div_term)
    return pe.unsqueeze(0).transpose(0, 1)


# run rotate_half(x) | x=f32[2,3,8] | grad=x
def rotate_half(x):
    x1, x2 = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)


# run alibi(8)
def alibi(heads):
    start = 2 ** (-(2 ** -(math.log2(heads) - 3)))
    slopes = torch.tensor([start * start ** i for i in range(heads)])
    return slopes[:, None, None] * -torch.abs(torch.arange(4)[:, None] - torch.arange(4)[None])


# run relative(5) | check=kind
def relative(n):
    coords = torch.stack(torch.meshgrid([torch.arange(n), torch.arange(n)], indexing="ij")).flatten(1)
    rel = (coords[:, :, None] - coords[:, None, :]).permute(1, 2, 0).contiguous()
    rel[:, :, 0] += n - 1
    rel[:, :, 1] += n - 1
    rel[:, :, 0] *= 2 * n - 1
    return rel.sum(-1)


# run windows(x) | x=f32[2,4,4,3]
def windows(x, size=2):
    b, h, w, c = x.shape
    x = x.view(b, h // size, size, w // size, size, c)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, size, size, c)


# run rolled(x) | x=f32[2,4,4,1]
def rolled(x, s=1):
    return torch.roll(x, shifts=(-s, -s), dims=(1, 2)), x.roll(2, 1), torch.flip(x, [1]), x.flip(-1, 1)


# run focal(x, y) | x=f32[5] | y=f32[5] > 0 < 1 | grad=x
def focal(inputs, targets, alpha=0.25, gamma=2.0):
    p = torch.sigmoid(inputs)
    ce = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    p_t = p * targets + (1 - p) * (1 - targets)
    loss = ce * ((1 - p_t) ** gamma)
    if alpha >= 0:
        loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss
    return loss.mean()


# run supcon(x, y) | x=f32[6,4] | y=i64[6] < 2 | grad=x
def supcon(features, labels, t=0.5):
    features = F.normalize(features, dim=1)
    logits = torch.div(torch.matmul(features, features.T), t)
    logits = logits - logits.max(dim=1, keepdim=True)[0].detach()
    mask = torch.eq(labels.view(-1, 1), labels.view(1, -1)).float()
    eye = torch.scatter(torch.ones_like(mask), 1, torch.arange(len(labels)).view(-1, 1), 0)
    mask = mask * eye
    log_prob = logits - torch.log((torch.exp(logits) * eye).sum(1, keepdim=True))
    return -((mask * log_prob).sum(1) / mask.sum(1).clamp(min=1)).mean()


# run running(x) | x=f32[4,3]
def running(batches):
    total, count = 0, 0
    for b in batches:
        total += b.sum().item()
        count += b.numel()
    return round(total / count, 4), f"{total / count:.3f}"


# run pooled(x, m) | x=f32[2,5,3] | m=i64[2,5] < 2 | grad=x
def pooled(last, attention_mask):
    m = attention_mask.unsqueeze(-1).expand(last.size()).float()
    return torch.sum(last * m, 1) / torch.clamp(m.sum(1), min=1e-9)


# run quantized(x) | x=f32[3,4]
def quantized(x, bits=4):
    scale = x.abs().max() / (2 ** (bits - 1) - 1)
    q = torch.clamp(torch.round(x / scale), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).to(torch.int8)
    return q, q.to(x.dtype) * scale


# run distances(x, y) | x=f32[4,3] | y=f32[5,3]
def distances(x, y):
    d = x.pow(2).sum(1, keepdim=True) + y.pow(2).sum(1) - 2 * x @ y.t()
    near = d.argmin(dim=1)
    return d, near, y[near], torch.cdist(x, y).min(1)[1] - near


# run scatter_means(x, y) | x=f32[6,2] | y=i64[6] < 3
def scatter_means(x, index, n=3):
    out = x.new_zeros(n, x.size(1)).index_add_(0, index, x)
    count = torch.zeros(n).scatter_add_(0, index, torch.ones_like(index, dtype=torch.float))
    return out / count.clamp_(min=1).unsqueeze(-1)


# run padded(x) | x=f32[3,2]
def padded(x):
    seqs = [x[: i + 1] for i in range(3)]
    batch = torch.nn.utils.rnn.pad_sequence(seqs, batch_first=True, padding_value=-1)
    return batch, F.pad(batch, (0, 1, 2, 0), value=9.0), F.pad(x, (1, 1), "constant", 0)


# run median_absolute(x) | x=f32[7]
def median_absolute(x):
    m = x.median()
    return (x - m).abs().median() / 0.6745, torch.quantile(x, torch.tensor([0.25, 0.75])), x.kthvalue(3).values


# run triangles(4)
def triangles(n):
    m = torch.triu(torch.ones(n, n), diagonal=1).bool()
    a = torch.full((n, n), float("-inf")).triu(1)
    b = torch.tril(torch.ones((n, n), dtype=torch.bool)).logical_not()
    return m, a, b, torch.ones(n, n).tril_().view(1, 1, n, n)[:, :, :2, :2] == 0


# run einsums(x, y) | x=f32[2,3,4] | y=f32[2,5,4] | grad=x,y
def einsums(q, k):
    s = torch.einsum("bid,bjd->bij", q, k) * q.shape[-1] ** -0.5
    return torch.einsum("b i j, b j d -> b i d", s.softmax(dim=-1), k)


# run norms(x) | x=f32[3,4] | grad=x
def norms(x):
    return x.norm(), x.norm(dim=1), x.norm(2, -1, keepdim=True), torch.norm(x, p=1), torch.linalg.norm(x, ord=2, dim=0), x.norm(p="fro")


# run uniques(y) | y=i64[10] < 4
def uniques(x):
    u, inv, cnt = torch.unique(x, return_inverse=True, return_counts=True)
    return u, u[inv] - x, cnt, x.unique().numel(), (x[1:] != x[:-1]).nonzero().squeeze(-1)


# run dtypes(x, y) | x=f32[3] | y=i64[3] < 4 | check=kind
def dtypes(x, y):
    return y / 2, y // 2, y.float().mean(), x.long(), (x > 0).sum(), (y == 2).float().mean(), y.sum() / len(y), -y % 3, x.to(torch.float16) * 2.5

"""Programs about text, sound, agents, graphs and diffusion, as people write them."""
import math
from collections import defaultdict

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


# run top_k_top_p(x, 3, 0.9), top_k_only(x, 2), repetition(x, ids, 1.3), min_p(x) | x=f32[2,8] | ids=i64[2,4] < 8
def top_k_top_p(logits, top_k=0, top_p=1.0, filter_value=-float("Inf")):
    if top_k > 0:
        indices_to_remove = logits < torch.topk(logits, top_k)[0][..., -1, None]
        logits[indices_to_remove] = filter_value
    if top_p < 1.0:
        sorted_logits, sorted_indices = torch.sort(logits, descending=True)
        cum = torch.cumsum(F.softmax(sorted_logits, dim=-1), dim=-1)
        sorted_indices_to_remove = cum > top_p
        sorted_indices_to_remove[..., 1:] = sorted_indices_to_remove[..., :-1].clone()
        sorted_indices_to_remove[..., 0] = 0
        indices_to_remove = sorted_indices_to_remove.scatter(1, sorted_indices, sorted_indices_to_remove)
        logits[indices_to_remove] = filter_value
    return logits


def top_k_only(logits, k):
    v, _ = torch.topk(logits, min(k, logits.size(-1)))
    logits[logits < v[:, [-1]]] = -float("Inf")
    return F.softmax(logits, dim=-1)


def repetition(scores, input_ids, penalty):
    score = torch.gather(scores, 1, input_ids)
    score = torch.where(score < 0, score * penalty, score / penalty)
    scores.scatter_(1, input_ids, score)
    return scores


def min_p(logits, p=0.1):
    probs = logits.softmax(-1)
    top = probs.max(dim=-1, keepdim=True).values
    return logits.masked_fill(probs < top * p, float("-inf"))


# run lengths_mask(n), causal(4), padded(n), alibi(4, 5), sinusoid(6, 8), windows(5, 2) | n=np.array([2, 4, 3]) | check=kind
def lengths_mask(lengths, max_len=None):
    max_len = max_len or int(lengths.max())
    ids = torch.arange(max_len, device=lengths.device)
    return ids[None, :] < lengths[:, None], (ids.expand(len(lengths), max_len) >= lengths.unsqueeze(1)).float()


def causal(n):
    mask = torch.full((n, n), float("-inf"))
    mask = torch.triu(mask, diagonal=1)
    other = torch.ones(n, n).tril().masked_fill(torch.ones(n, n).tril() == 0, float("-inf")).masked_fill(torch.tril(torch.ones(n, n)) == 1, 0.0)
    sub = (torch.triu(torch.ones(n, n)) == 1).transpose(0, 1)
    sub = sub.float().masked_fill(sub == 0, float("-inf")).masked_fill(sub == 1, float(0.0))
    return mask, other, sub, ~torch.tril(torch.ones((1, n, n), dtype=torch.bool))


def padded(lengths):
    seqs = [torch.arange(1, int(n) + 1) for n in lengths]
    batch = nn.utils.rnn.pad_sequence(seqs, batch_first=True, padding_value=0)
    last = batch[torch.arange(len(lengths)), lengths - 1]
    return batch, last, batch.ne(0).sum(1), (batch != 0).long().cumsum(1) - 1


def alibi(heads, n):
    slopes = torch.Tensor([2 ** (-8 * (i + 1) / heads) for i in range(heads)])
    return slopes.view(heads, 1, 1) * torch.arange(n).view(1, 1, n) - (1.0 - torch.tril(torch.ones(n, n))) * 10000


def sinusoid(n, d):
    pe = torch.zeros(n, d)
    position = torch.arange(0, n, dtype=torch.float).unsqueeze(1)
    div = torch.exp(torch.arange(0, d, 2).float() * (-math.log(10000.0) / d))
    pe[:, 0::2] = torch.sin(position * div)
    pe[:, 1::2] = torch.cos(position * div)
    return pe.unsqueeze(0)


def windows(n, w):
    i = torch.arange(n)
    band = (i[None] - i[:, None]).abs() <= w
    return band, band.nonzero(), band.sum(dim=-1), torch.where(band)[0]


# run beam(x, 2), edit(a, b), bleu_counts(a), ctc_collapse(a, 0) | x=f32[3,5] | a=i64[8] < 4 | b=i64[6] < 4 | check=kind
def beam(logp, k):
    logp = logp.log_softmax(-1)
    vocab = logp.size(-1)
    scores, idx = logp.view(-1).topk(k)
    beam_idx = idx // vocab
    token_idx = idx % vocab
    prev = torch.div(idx, vocab, rounding_mode="floor")
    return scores, beam_idx, token_idx, prev, torch.true_divide(idx, vocab)


def edit(a, b):
    d = torch.zeros(len(a) + 1, len(b) + 1, dtype=torch.int)
    d[:, 0] = torch.arange(len(a) + 1)
    d[0, :] = torch.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + cost)
    return d[-1, -1].item(), d


def bleu_counts(a):
    counts = defaultdict(int)
    for i in range(len(a) - 1):
        counts[tuple(a[i:i + 2].tolist())] += 1
    return sorted(counts.items())


def ctc_collapse(ids, blank):
    out = []
    prev = None
    for t in ids:
        t = t.item()
        if t != prev and t != blank:
            out.append(t)
        prev = t
    uniq = torch.unique_consecutive(ids)
    return out, uniq[uniq != blank], [x for x in uniq if x != blank]


# run gae(r, v, d, 0.99, 0.95), returns(r, 0.9), ppo(l, o, a), clipped(v, o, r), normalise(a) | r=f32[5] | v=f32[6] | d=np.array([0., 0., 1., 0., 0.]) | l=f32[5] | o=f32[5] | a=f32[5] | todo
def gae(rewards, values, dones, gamma, lam):
    adv = torch.zeros_like(rewards)
    last = 0
    for t in reversed(range(len(rewards))):
        mask = 1.0 - dones[t]
        delta = rewards[t] + gamma * values[t + 1] * mask - values[t]
        adv[t] = last = delta + gamma * lam * mask * last
    return adv, adv + values[:-1]


def returns(rewards, gamma):
    R = 0
    out = []
    for r in rewards.tolist()[::-1]:
        R = r + gamma * R
        out.insert(0, R)
    out = torch.tensor(out)
    return (out - out.mean()) / (out.std() + 1e-9)


def ppo(logp, old, adv, eps=0.2):
    ratio = (logp - old).exp()
    s1 = ratio * adv
    s2 = torch.clamp(ratio, 1 - eps, 1 + eps) * adv
    with torch.no_grad():
        kl = ((ratio - 1) - (logp - old)).mean()
        frac = ((ratio - 1.0).abs() > eps).float().mean().item()
    return -torch.min(s1, s2).mean(), kl, frac


def clipped(v, old, ret):
    v = v[:5]
    vc = old + (v - old).clamp(-0.2, 0.2)
    return 0.5 * torch.max((v - ret) ** 2, (vc - ret).pow(2)).mean()


def normalise(adv):
    if adv.numel() > 1:
        adv = (adv - adv.mean()) / (adv.std(unbiased=False) + 1e-8)
    return adv, adv.var(), torch.std_mean(adv)


# run td(q, a, r, q2, d), project(p, r, d), per(x) | q=f32[4,3] | a=i64[4] < 3 | r=f32[4] | q2=f32[4,3] | d=np.array([0., 1., 0., 0.]) | p=f32[4,5] | x=f32[6] > 0 | tol=1e-4 | todo
def td(q, a, r, q_next, done, gamma=0.99):
    qa = q.gather(1, a.long().unsqueeze(-1)).squeeze(-1)
    with torch.no_grad():
        best = q.max(1)[1]
        target = r + gamma * q_next[range(len(a)), best] * (1 - done)
        target2 = r + (1 - done) * gamma * q_next.max(dim=1)[0]
    err = target - qa
    return F.smooth_l1_loss(qa, target), F.huber_loss(qa, target2, delta=0.5), err.abs().clamp(max=1.0)


def project(logits, r, done, vmin=-2.0, vmax=2.0, n=5, gamma=0.9):
    probs = logits.softmax(1)
    support = torch.linspace(vmin, vmax, n)
    dz = (vmax - vmin) / (n - 1)
    tz = (r.unsqueeze(1) + (1 - done).unsqueeze(1) * gamma * support).clamp(vmin, vmax)
    b = (tz - vmin) / dz
    l, u = b.floor().long(), b.ceil().long()
    l[(u > 0) * (l == u)] -= 1
    u[(l < (n - 1)) * (l == u)] += 1
    m = torch.zeros(len(r), n)
    offset = torch.linspace(0, (len(r) - 1) * n, len(r)).unsqueeze(1).expand(len(r), n).long()
    m.view(-1).index_add_(0, (l + offset).view(-1), (probs * (u.float() - b)).view(-1))
    m.view(-1).index_add_(0, (u + offset).view(-1), (probs * (b - l.float())).view(-1))
    return m


def per(p, alpha=0.6, beta=0.4):
    probs = p ** alpha
    probs /= probs.sum()
    w = (len(p) * probs) ** -beta
    w = w / w.max()
    return w, torch.searchsorted(torch.cumsum(probs, 0), torch.tensor([0.1, 0.5])), probs.cumsum(0)[-1]


# run degree(e, 5), gcn(x, e), aggregate(x, e), segment_softmax(s, e, 5), adjacency(e, 5) | e=i64[2,7] < 5 | x=f32[5,3] | s=f32[7] | check=kind | tol=1e-4
def degree(edge_index, n):
    row = edge_index[0]
    deg = torch.zeros(n)
    deg.scatter_add_(0, row, torch.ones(row.size(0)))
    return deg, torch.bincount(row, minlength=n)


def gcn(x, edge_index):
    row, col = edge_index
    n = x.size(0)
    loops = torch.arange(n)
    row, col = torch.cat([row, loops]), torch.cat([col, loops])
    deg, _ = degree(torch.stack([row, col]), n)
    inv = deg.pow(-0.5)
    inv[inv == float("inf")] = 0
    norm = inv[row] * inv[col]
    out = torch.zeros_like(x)
    out.index_add_(0, row, norm.view(-1, 1) * x[col])
    return out


def aggregate(x, edge_index):
    row, col = edge_index[0], edge_index[1]
    idx = row.unsqueeze(-1).expand(-1, x.size(1))
    add = x.new_zeros(x.size()).scatter_add(0, idx, x[col])
    mx_ = torch.full_like(x, -1e9).scatter_reduce(0, idx, x[col], reduce="amax", include_self=True)
    mean = torch.zeros_like(x).scatter_reduce(0, idx, x[col], "mean", include_self=False)
    return add, mx_.masked_fill(mx_ == -1e9, 0), mean


def segment_softmax(src, edge_index, n):
    index = edge_index[1]
    m = src.new_full((n,), -float("inf")).scatter_reduce_(0, index, src, "amax")
    out = (src - m[index]).exp()
    s = src.new_zeros(n).index_add_(0, index, out) + 1e-16
    return out / s[index]


def adjacency(edge_index, n):
    adj = torch.zeros(n, n)
    adj[edge_index[0], edge_index[1]] = 1
    adj = adj + adj.t() * (adj.t() > adj).float() - adj * (adj.t() > adj).float()
    adj = torch.max(adj, adj.T)
    adj.fill_diagonal_(0)
    lap = torch.diag(adj.sum(1)) - adj
    src, dst = adj.nonzero(as_tuple=True)
    return adj, lap, src, dst, torch.linalg.eigvalsh(lap)


# run betas(6), q_sample(x, t, n), posterior(x, n, 3), ddim(x, n), karras(5), embed(t, 8), cfg(x, n, 7.5) | x=f32[2,3,2,2] | n=f32[2,3,2,2] | t=i64[2] < 6 | tol=1e-4
def betas(n):
    lin = torch.linspace(1e-4, 0.02, n)
    scaled = torch.linspace(0.00085 ** 0.5, 0.012 ** 0.5, n, dtype=torch.float32) ** 2
    s = torch.linspace(0, n, n + 1)
    f = torch.cos(((s / n) + 0.008) / 1.008 * math.pi * 0.5) ** 2
    cosine = torch.clip(1 - f[1:] / f[:-1], 0.0001, 0.9999)
    return lin, scaled, cosine


def extract(a, t, shape):
    out = a.gather(-1, t)
    return out.reshape(t.shape[0], *((1,) * (len(shape) - 1)))


def q_sample(x, t, noise):
    ac = torch.cumprod(1.0 - betas(6)[0], dim=0)
    return extract(ac.sqrt(), t, x.shape) * x + extract((1 - ac) ** 0.5, t, x.shape) * noise


def posterior(x, eps, t):
    beta = betas(6)[0]
    ac = torch.cumprod(1 - beta, 0)
    prev = F.pad(ac[:-1], (1, 0), value=1.0)
    var = beta * (1 - prev) / (1 - ac)
    logvar = torch.log(torch.cat([var[1:2], var[1:]]))
    x0 = ((x - (1 - ac[t]).sqrt() * eps) / ac[t].sqrt()).clamp(-1, 1)
    mean = beta[t] * prev[t].sqrt() / (1 - ac[t]) * x0 + (1 - prev[t]) * torch.sqrt(1 - beta[t]) / (1 - ac[t]) * x
    return mean, logvar, mean + (t > 0) * torch.exp(0.5 * logvar[t]) * eps


def ddim(x, eps):
    ac = torch.cumprod(1 - betas(6)[0], 0)
    times = torch.linspace(-1, 5, steps=4)
    times = list(reversed(times.int().tolist()))
    for time, nxt in zip(times[:-1], times[1:]):
        a = ac[time]
        a_next = ac[nxt] if nxt >= 0 else torch.tensor(1.0)
        x0 = (x - eps * (1 - a).sqrt()) / a.sqrt()
        x = x0 * a_next.sqrt() + (1 - a_next).sqrt() * eps
    return x, times


def karras(n, smin=0.1, smax=10.0, rho=7.0):
    ramp = torch.linspace(0, 1, n)
    lo, hi = smin ** (1 / rho), smax ** (1 / rho)
    sigmas = (hi + ramp * (lo - hi)) ** rho
    sigmas = torch.cat([sigmas, sigmas.new_zeros([1])])
    log_sigmas = sigmas[:-1].log()
    dists = sigmas[2].log() - log_sigmas[:, None]
    low = dists.ge(0).cumsum(dim=0).argmax(dim=0).clamp(max=log_sigmas.shape[0] - 2)
    return sigmas, low, torch.quantile(sigmas, 0.5), sigmas.flip(0)[:-1]


def embed(t, dim, max_period=10000):
    half = dim // 2
    freqs = torch.exp(-math.log(max_period) * torch.arange(start=0, end=half, dtype=torch.float32) / half)
    args = t[:, None].float() * freqs[None]
    emb = torch.cat([torch.cos(args), torch.sin(args)], dim=-1)
    if dim % 2:
        emb = torch.cat([emb, torch.zeros_like(emb[:, :1])], dim=-1)
    return emb


def cfg(cond, uncond, scale):
    both = torch.cat([uncond, cond])
    u, c = both.chunk(2)
    out = u + scale * (c - u)
    std_c, std = c.std(dim=list(range(1, c.ndim)), keepdim=True), out.std(dim=[1, 2, 3], keepdim=True)
    s = torch.quantile(out.reshape(out.shape[0], -1).abs(), 0.95, dim=1)
    s = torch.clamp(s, min=1.0)[:, None, None, None]
    return out * (std_c / std), torch.clamp(out, -s, s) / s


# run mel(40, 8), stft_mag(x), spec(x), pre_emphasis(x), frames(x), rms(x) | x=f32[2,64] | tol=1e-3 | todo
def mel(n_fft, n_mels, sr=16000):
    hz = lambda m: 700.0 * (10.0 ** (m / 2595.0) - 1.0)
    m_max = 2595.0 * math.log10(1.0 + (sr // 2) / 700.0)
    pts = hz(torch.linspace(0, m_max, n_mels + 2))
    freqs = torch.linspace(0, sr // 2, n_fft // 2 + 1)
    diff = pts[1:] - pts[:-1]
    slopes = pts.unsqueeze(0) - freqs.unsqueeze(1)
    down = (-1.0 * slopes[:, :-2]) / diff[:-1]
    up = slopes[:, 2:] / diff[1:]
    return torch.max(torch.zeros(1), torch.min(down, up))


def stft_mag(x):
    s = torch.stft(x, 16, hop_length=8, window=torch.hann_window(16), return_complex=True)
    return s.abs(), torch.view_as_real(s).pow(2).sum(-1), s.real, torch.angle(s).cos()


def spec(x):
    f = torch.fft.rfft(x, dim=-1)
    p = f.real ** 2 + f.imag ** 2
    db = 10 * torch.log10(p.clamp(min=1e-10))
    db = torch.maximum(db, db.max() - 80.0)
    return db, torch.fft.irfft(f, n=x.shape[-1])


def pre_emphasis(x, c=0.97):
    return torch.cat((x[:, :1], x[:, 1:] - c * x[:, :-1]), dim=1), F.conv1d(F.pad(x.unsqueeze(1), (1, 0), "reflect"), torch.FloatTensor([-c, 1.0]).view(1, 1, 2)).squeeze(1)


def frames(x, size=16, hop=8):
    f = x.unfold(-1, size, hop)
    return f * torch.hamming_window(size, periodic=False), f.shape, F.fold(f.transpose(1, 2), (1, x.size(-1)), (1, size), stride=(1, hop)).squeeze()


def rms(x):
    r = x.pow(2).mean(-1, keepdim=True).sqrt()
    return 20 * torch.log10(r / r.max()), x / x.abs().max(dim=-1, keepdim=True)[0].clamp_min(1e-5), (x[:, 1:] * x[:, :-1] < 0).sum(-1).float()


# run triplet(x), ntxent(x, y), contrastive(x, y), barlow(x, y), arcface(x, w, t), kd(x, y), supcon(x, t) | x=f32[4,6] | y=f32[4,6] | w=f32[5,6] | t=i64[4] < 3 | tol=1e-4 | grad=x | todo
def triplet(x):
    d = torch.cdist(x, x)
    same = torch.eye(4).bool()
    hardest = d.masked_fill(same, float("inf")).min(1)[0]
    return F.relu(0.5 + d[0, 1] - hardest).mean()


def ntxent(a, b, t=0.5):
    z = F.normalize(torch.cat([a, b], 0), dim=1)
    sim = z @ z.T / t
    n = a.size(0)
    sim.fill_diagonal_(-9e15)
    labels = torch.cat([torch.arange(n) + n, torch.arange(n)])
    return F.cross_entropy(sim, labels)


def contrastive(a, b):
    a = a / a.norm(dim=-1, keepdim=True)
    b = b / b.norm(p=2, dim=-1, keepdim=True)
    logits = 100.0 * a @ b.t()
    labels = torch.arange(len(logits))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.t(), labels)) / 2


def barlow(a, b, lam=5e-3):
    a = (a - a.mean(0)) / a.std(0)
    b = (b - b.mean(0)) / b.std(0)
    c = torch.mm(a.T, b) / a.size(0)
    on = torch.diagonal(c).add(-1).pow(2).sum()
    n, m = c.shape
    off = c.flatten()[:-1].view(n - 1, n + 1)[:, 1:].flatten().pow(2).sum()
    return on + lam * off


def arcface(x, w, label, s=30.0, m=0.5):
    cosine = F.linear(F.normalize(x), F.normalize(w))
    sine = torch.sqrt((1.0 - torch.pow(cosine, 2)).clamp(1e-6, 1))
    phi = cosine * math.cos(m) - sine * math.sin(m)
    phi = torch.where(cosine > math.cos(math.pi - m), phi, cosine - math.sin(math.pi - m) * m)
    one_hot = torch.zeros(cosine.size())
    one_hot.scatter_(1, label.view(-1, 1).long(), 1)
    return F.cross_entropy(((one_hot * phi) + ((1.0 - one_hot) * cosine)) * s, label)


def kd(student, teacher, T=4.0):
    soft = F.kl_div(F.log_softmax(student / T, 1), F.softmax(teacher / T, dim=1), reduction="batchmean") * (T * T)
    return soft + F.kl_div(student.log_softmax(1), teacher.log_softmax(1), reduction="sum", log_target=True)


def supcon(x, labels, t=0.1):
    x = F.normalize(x, dim=1)
    labels = labels.contiguous().view(-1, 1)
    mask = torch.eq(labels, labels.T).float()
    logits = torch.div(torch.matmul(x, x.T), t)
    logits_max, _ = torch.max(logits, dim=1, keepdim=True)
    logits = logits - logits_max.detach()
    logits_mask = torch.scatter(torch.ones_like(mask), 1, torch.arange(4).view(-1, 1), 0)
    mask = mask * logits_mask
    exp = torch.exp(logits) * logits_mask
    logp = logits - torch.log(exp.sum(1, keepdim=True))
    count = mask.sum(1)
    count = torch.where(count < 1e-6, 1, count)
    return -((mask * logp).sum(1) / count).mean()

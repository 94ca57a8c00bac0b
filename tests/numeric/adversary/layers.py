"""Layers and functional layers with their less usual arguments."""
import torch
import torch.nn as nn
import torch.nn.functional as F


# run losses(x, y) | x=f32[6,4] | y=i64[6] < 4 | todo
def losses(x, y):
    w = torch.tensor([1.0, 2.0, 0.5, 1.0])
    return F.cross_entropy(x, y), F.cross_entropy(x, y, weight=w), F.cross_entropy(x, y, reduction="none"), F.cross_entropy(x, y, label_smoothing=0.1), F.nll_loss(x.log_softmax(1), y)


# run ignore(x, y) | x=f32[6,4] | y=np.array([0, -100, 2, 3, -100, 1]) | grad=x
def ignore(x, y):
    return F.cross_entropy(x, y), nn.CrossEntropyLoss(ignore_index=-100)(x.view(-1, 4), y.view(-1))


# run lm_loss(x, y) | x=f32[2,5,7] | y=i64[2,5] < 7 | todo
def lm_loss(logits, labels):
    shift_logits = logits[..., :-1, :].contiguous()
    shift_labels = labels[..., 1:].contiguous()
    loss_fct = nn.CrossEntropyLoss()
    return loss_fct(shift_logits.view(-1, shift_logits.size(-1)), shift_labels.view(-1)), F.cross_entropy(logits.transpose(1, 2), labels, ignore_index=0)


# run soft_targets(x, p) | x=f32[6,4] | p=f32[6,4] | todo
def soft_targets(x, p):
    return F.cross_entropy(x, p.softmax(-1)), F.kl_div(x.log_softmax(-1), p.softmax(-1), reduction="batchmean"), nn.KLDivLoss()(x.log_softmax(-1), p.softmax(-1))


# run bces(x, y) | x=f32[6] | y=np.array([0.0, 1, 1, 0, 1, 0]) | todo
def bces(x, y):
    return F.binary_cross_entropy(x.sigmoid(), y), F.binary_cross_entropy_with_logits(x, y, pos_weight=torch.tensor(2.0)), nn.BCELoss(reduction="sum")(x.sigmoid(), y), nn.BCEWithLogitsLoss()(x, y)


# run regressions(x, y) | x=f32[6,2] | y=f32[6,2]
def regressions(x, y):
    return F.mse_loss(x, y), F.l1_loss(x, y, reduction="sum"), F.smooth_l1_loss(x, y, beta=0.5), F.huber_loss(x, y, delta=0.3), nn.MSELoss(reduction="none")(x, y), F.mse_loss(x, y, reduction="none").mean(1)


# run triplets(a, p, n) | a=f32[3,4] | p=f32[3,4] | n=f32[3,4]
def triplets(a, p, n):
    return F.triplet_margin_loss(a, p, n), nn.TripletMarginLoss(margin=0.3)(a, p, n), nn.CosineEmbeddingLoss()(a, p, torch.ones(3)), F.margin_ranking_loss(a[:, 0], p[:, 0], torch.ones(3))


# run m = Convs(); m(x) | model=m | x=f32[2,4,8,8]
class Convs(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(4, 8, 3, padding="same", groups=2)
        self.b = nn.Conv2d(8, 4, (3, 1), stride=(2, 1), padding=(1, 0), dilation=1, bias=False)
        self.c = nn.ConvTranspose2d(4, 6, 4, 2, 1)
        self.d = nn.Conv2d(6, 6, 3, padding=1, padding_mode="reflect")

    def forward(self, x):
        return self.d(self.c(self.b(self.a(x))))


# run m = Conv1(); m(x) | model=m | x=f32[2,4,9]
class Conv1(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv1d(4, 6, kernel_size=3, dilation=2, padding=2)
        self.b = nn.ConvTranspose1d(6, 4, 3, stride=2, output_padding=1)
        self.pool = nn.MaxPool1d(3, stride=2, padding=1)

    def forward(self, x):
        x = F.pad(x, (2, 0))
        return self.pool(self.b(self.a(x))), F.conv1d(x, self.a.weight, self.a.bias, padding=1)


# run fconv(x, w) | x=f32[1,2,6,6] | w=f32[4,2,3,3] | todo
def fconv(x, w):
    return F.conv2d(x, w, padding=1), F.conv2d(x, w, stride=2), F.conv_transpose2d(x, w.transpose(0, 1), stride=2), F.conv2d(x, w[:, :1], groups=2)


# run pools(x) | x=f32[1,2,7,7]
def pools(x):
    return F.max_pool2d(x, 2), F.max_pool2d(x, 3, 2, 1), F.avg_pool2d(x, 3, stride=1, padding=1), F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), F.max_pool2d(x, 2, ceil_mode=True)


# run adaptives(x) | x=f32[1,2,7,7]
def adaptives(x):
    return F.adaptive_avg_pool2d(x, 1), F.adaptive_avg_pool2d(x, (3, 2)), F.adaptive_max_pool2d(x, 2), nn.AdaptiveAvgPool2d((1, 1))(x).flatten(1), nn.AdaptiveAvgPool1d(3)(x[0])


# run resizes(x) | x=f32[1,2,4,5]
def resizes(x):
    return F.interpolate(x, scale_factor=2), F.interpolate(x, size=(7, 6), mode="nearest"), F.interpolate(x, size=(6, 7), mode="bilinear", align_corners=False), F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True), F.interpolate(x, size=x.shape[2:], mode="bicubic"), nn.Upsample(scale_factor=2, mode="bilinear")(x)


# run resize_to(x, y) | x=f32[1,2,4,5] | y=f32[1,2,9,8]
def resize_to(x, y):
    return F.interpolate(x, size=y.size()[2:], mode="bilinear", align_corners=True) + y, F.interpolate(x, y.shape[-2:])


# run shuffles(x) | x=f32[1,8,2,2] | todo
def shuffles(x):
    b, c, h, w = x.size()
    y = x.view(b, 2, c // 2, h, w).transpose(1, 2).contiguous().view(b, -1, h, w)
    return F.pixel_shuffle(x, 2), nn.PixelShuffle(2)(x), y, F.pixel_unshuffle(F.pixel_shuffle(x, 2), 2)


# run fnorms(x) | x=f32[2,4,3]
def fnorms(x):
    return F.layer_norm(x, (3,)), F.layer_norm(x, x.shape[1:]), F.layer_norm(x, [4, 3], eps=1e-3), F.group_norm(x, 2), F.instance_norm(x)


# run m = Norms(); m(x) | model=m | x=f32[2,4,3,3]
class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln = nn.LayerNorm([4, 3, 3])
        self.gn = nn.GroupNorm(num_groups=2, num_channels=4, eps=1e-6)
        self.bn = nn.BatchNorm2d(4, affine=False)
        self.inn = nn.InstanceNorm2d(4)
        self.l2 = nn.LayerNorm(3, elementwise_affine=False)

    def forward(self, x):
        return self.l2(self.inn(self.bn(self.gn(self.ln(x)))))


# run m = Norms(); m.eval(); m(x) | model=m | x=f32[2,4,3,3]
# run m = LayerNorm2d(4); m(x) | model=m | x=f32[2,4,3,3]
class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        return F.layer_norm(x.permute(0, 2, 3, 1), self.normalized_shape, self.weight, self.bias, self.eps).permute(0, 3, 1, 2)


# run m = RMSNorm(4); m(x) | model=m | x=bf16[2,4]
class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def _norm(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)

    def forward(self, x):
        output = self._norm(x.float()).type_as(x)
        return output * self.weight


# run m = Rnn(); m(x) | model=m | x=f32[2,5,3]
class Rnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 4, num_layers=2, batch_first=True, bidirectional=True)
        self.lstm = nn.LSTM(8, 4, batch_first=True)
        self.cell = nn.GRUCell(4, 4)

    def forward(self, x):
        out, h = self.gru(x)
        y, (hn, cn) = self.lstm(out)
        z = self.cell(hn[-1], cn.squeeze(0))
        return out[:, -1], h.shape, torch.cat((h[-2], h[-1]), dim=1), y, z


# run m = SeqFirst(); m(x) | model=m | x=f32[5,2,3]
class SeqFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(input_size=3, hidden_size=4, num_layers=1)
        self.fc = nn.Linear(4, 2)

    def init_hidden(self, n):
        return (torch.zeros(1, n, 4), torch.zeros(1, n, 4))

    def forward(self, x, hidden=None):
        if hidden is None:
            hidden = self.init_hidden(x.size(1))
        out, hidden = self.rnn(x, hidden)
        return self.fc(out[-1]), hidden[0], self.rnn(x)[0]


# run m = Mha(); m(x, mask) | model=m | x=f32[2,4,8] | mask=np.array([[False, False, True, True], [False, False, False, True]])
class Mha(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x, mask):
        y, w = self.attn(x, x, x, key_padding_mask=mask)
        z = self.attn(x, x, x, attn_mask=torch.triu(torch.ones(4, 4), diagonal=1).bool(), need_weights=False)[0]
        return y, w, z


# run m = Enc(); m.eval(); m(x) | model=m | x=f32[4,2,8] | todo
class Enc(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16, activation="gelu")
        self.enc = nn.TransformerEncoder(layer, num_layers=2)

    def forward(self, src):
        mask = nn.Transformer.generate_square_subsequent_mask(src.size(0))
        return self.enc(src, mask)


# run sdpa(q, k, v, m) | q=f32[2,2,3,4] | k=f32[2,2,5,4] | v=f32[2,2,5,4] | m=np.tril(np.ones((3, 5))) > 0 | todo
def sdpa(q, k, v, m):
    return F.scaled_dot_product_attention(q, k, v), F.scaled_dot_product_attention(q, k, v, is_causal=True), F.scaled_dot_product_attention(q, k, v, attn_mask=m), F.scaled_dot_product_attention(q, k, v, attn_mask=m.float())


# run sdpa3(q) | q=f32[2,3,4]
def sdpa3(q):
    return F.scaled_dot_product_attention(q, q, q, scale=0.3, dropout_p=0.0)


# run m = Emb(); m(i) | model=m | i=np.array([[1, 0, 2]]) | grad=parameters
class Emb(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(5, 4, padding_idx=0)
        self.pos = nn.Embedding(8, 4)

    def forward(self, i):
        pos = torch.arange(0, i.shape[1], dtype=torch.long, device=i.device).unsqueeze(0)
        return self.tok(i) + self.pos(pos), F.embedding(i, self.pos.weight)


# run acts(x) | x=f32[3,4]
def acts(x):
    return F.gelu(x), F.gelu(x, approximate="tanh"), F.leaky_relu(x), F.elu(x, 0.5), F.hardswish(x), F.softplus(x, beta=2), F.glu(x), F.logsigmoid(x), F.relu6(x), F.selu(x), F.hardtanh(x, -0.5, 0.5), F.softsign(x), F.threshold(x, 0.1, 0.0)


# run act_layers(x) | x=f32[3,4]
def act_layers(x):
    return [m(x) for m in (nn.GELU(), nn.GELU("tanh"), nn.LeakyReLU(0.3), nn.ELU(), nn.Softmax(dim=0), nn.Softmax(-1), nn.LogSoftmax(dim=1), nn.Hardswish(), nn.Softplus(), nn.ReLU6(), nn.PReLU(), nn.GLU(dim=-1), nn.Tanh(), nn.Hardsigmoid(), nn.Mish())]


# run softmaxes(x) | x=f32[2,3,4]
def softmaxes(x):
    return x.softmax(1), F.softmax(x, 0), F.log_softmax(x, dim=-1), torch.logsumexp(x, 1), F.softmin(x, dim=-1), x.logsumexp(dim=(1, 2), keepdim=True)


# run flat_layers(x) | x=f32[2,3,4]
def flat_layers(x):
    return nn.Flatten()(x), nn.Flatten(0, 1)(x), nn.Unflatten(1, (3, 1))(x), nn.Flatten(start_dim=2)(x), nn.Identity()(x)


# run bilinear(x) | x=f32[1,1,4,4]
def bilinear(x):
    theta = torch.tensor([[[1.0, 0.0, 0.2], [0.0, 1.0, -0.1]]])
    grid = F.affine_grid(theta, x.size(), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


# run unfold(x) | x=f32[1,2,4,4] | todo
def unfold(x):
    p = F.unfold(x, kernel_size=2, stride=2)
    return p, F.fold(p, (4, 4), 2, stride=2), x.unfold(2, 2, 2).unfold(3, 2, 2)


# run patches(x) | x=f32[1,3,4,4]
def patches(x, p=2):
    b, c, h, w = x.shape
    x = x.reshape(b, c, h // p, p, w // p, p)
    return torch.einsum("nchpwq->nhwpqc", x).reshape(b, (h // p) * (w // p), p ** 2 * c)


# run window(x) | x=f32[1,4,4,2]
def window(x, ws=2):
    B, H, W, C = x.shape
    x = x.view(B, H // ws, ws, W // ws, ws, C)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, ws, ws, C)


# run m = Se(4); m(x) | model=m | x=f32[2,4,3,3]
class Se(nn.Module):
    def __init__(self, c, r=2):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Linear(c, c // r, bias=False), nn.ReLU(inplace=True), nn.Linear(c // r, c, bias=False), nn.Sigmoid())

    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)


# run m = Block(4, 8, 2); m(x) | model=m | x=f32[2,4,6,6]
class Block(nn.Module):
    expansion = 1

    def __init__(self, inp, out, stride=1, norm_layer=None):
        super().__init__()
        if norm_layer is None:
            norm_layer = nn.BatchNorm2d
        self.conv1 = nn.Conv2d(inp, out, 3, stride, 1, bias=False)
        self.bn1 = norm_layer(out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inp != out * self.expansion:
            self.downsample = nn.Sequential(nn.Conv2d(inp, out, 1, stride, bias=False), norm_layer(out))

    def forward(self, x):
        identity = x
        out = self.bn1(self.conv1(x))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


# run m = UNetUp(); m(a, b) | model=m | a=f32[1,4,3,3] | b=f32[1,2,7,7]
class UNetUp(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(4, 2, kernel_size=2, stride=2)
        self.conv = nn.Conv2d(4, 2, 1)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        dy = x2.size()[2] - x1.size()[2]
        dx = x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.conv(torch.cat([x2, x1], dim=1))


# run m = WeightStd(2, 3, 3); m(x) | model=m | x=f32[1,2,5,5]
class WeightStd(nn.Conv2d):
    def forward(self, x):
        w = self.weight
        mean = w.mean(dim=(1, 2, 3), keepdim=True)
        var = torch.var(w, dim=[1, 2, 3], unbiased=False, keepdim=True)
        return F.conv2d(x, (w - mean) / torch.sqrt(var + 1e-5), self.bias, self.stride, self.padding, self.dilation, self.groups)


# run m = BnAttrs(); m(x) | model=m | x=f32[4,3]
class BnAttrs(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(3)

    def forward(self, x):
        a = F.batch_norm(x, self.bn.running_mean, self.bn.running_var, self.bn.weight, self.bn.bias, False, 0.1, self.bn.eps)
        self.bn.eval()
        return a - self.bn(x)


# run log_prob(x, a) | x=f32[3,4] | a=i64[3] < 4
def log_prob(logits, action):
    d = torch.distributions.Categorical(logits=logits)
    return d.log_prob(action), d.entropy(), torch.distributions.Normal(0.0, 1.0).log_prob(logits)


# run reparam(mu, lv) | mu=f32[2,3] | lv=f32[2,3] | check=shape
def reparam(mu, logvar):
    std = torch.exp(0.5 * logvar)
    eps = torch.randn_like(std)
    return eps.mul(std).add_(mu), -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


# run kl(mu, lv) | mu=f32[2,3] | lv=f32[2,3]
def kl(mu, log_var):
    return torch.mean(-0.5 * torch.sum(1 + log_var - mu ** 2 - log_var.exp(), dim=1), dim=0)


# run filter_topk(x) | x=f32[2,6]
def filter_topk(logits, k=3):
    v, _ = torch.topk(logits, min(k, logits.size(-1)))
    logits[logits < v[:, [-1]]] = -float("Inf")
    return F.softmax(logits, dim=-1)


# run filter_topp(x) | x=f32[2,6]
def filter_topp(logits, p=0.8):
    sorted_logits, sorted_indices = torch.sort(logits, descending=True)
    cum = torch.cumsum(F.softmax(sorted_logits, dim=-1), dim=-1)
    remove = cum > p
    remove[..., 1:] = remove[..., :-1].clone()
    remove[..., 0] = 0
    indices_to_remove = remove.scatter(1, sorted_indices, remove)
    return logits.masked_fill(indices_to_remove, float("-inf"))


# run q_learning(q, a, r, d) | q=f32[4,3] | a=i64[4,1] < 3 | r=f32[4] | d=np.array([0.0, 1, 0, 1]) | todo
def q_learning(q, a, r, d, gamma=0.9):
    chosen = q.gather(1, a).squeeze(1)
    target = r + gamma * q.max(1)[0].detach() * (1 - d)
    return F.smooth_l1_loss(chosen, target)


# run iou(a, b) | a=np.array([[0., 0, 2, 2], [1, 1, 3, 3]]) | b=np.array([[0., 0, 1, 1], [1, 1, 4, 4]])
def iou(box1, box2):
    area1 = (box1[:, 2] - box1[:, 0]) * (box1[:, 3] - box1[:, 1])
    area2 = (box2[:, 2] - box2[:, 0]) * (box2[:, 3] - box2[:, 1])
    lt = torch.max(box1[:, None, :2], box2[:, :2])
    rb = torch.min(box1[:, None, 2:], box2[:, 2:])
    wh = (rb - lt).clamp(min=0)
    inter = wh[:, :, 0] * wh[:, :, 1]
    return inter / (area1[:, None] + area2 - inter)


# run nms(a, s) | a=np.array([[0., 0, 2, 2], [0, 0, 2.1, 2], [3, 3, 4, 4]]) | s=np.array([0.5, 0.9, 0.3]) | check=kind | todo
def nms(boxes, scores, thr=0.5):
    order = scores.argsort(descending=True)
    keep = []
    while order.numel() > 0:
        i = order[0]
        keep.append(i.item())
        if order.numel() == 1:
            break
        ov = iou(boxes[i][None], boxes[order[1:]])[0]
        order = order[1:][ov <= thr]
    return torch.tensor(keep)

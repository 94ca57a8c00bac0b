import torch


# run dynamic_k(x, ks) | x=f32[2,5] | ks=i64[2]<3
def dynamic_k(x, ks):
    total = 0.0
    for i in range(len(x)):
        values, _ = torch.topk(x[i], k=ks[i] + 1)
        total = total + values.sum()
    return total


# run per_row(x, mask) | x=f32[3,5] | mask=bool[3,5]
def per_row(x, mask):
    counts = mask.sum(1)
    kept = []
    for row, count in zip(x, counts):
        kept.append(row.topk(count, largest=False).values.sum())
        kept.append(torch.kthvalue(row, count + 1).values if count < 5 else row.max())
        kept.append(row.narrow(0, 0, count).sum())
    return torch.stack(kept)

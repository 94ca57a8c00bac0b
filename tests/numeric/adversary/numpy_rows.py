import numpy as np
import torch


# run of_parameter(a) | a=f32[3,4]
def of_parameter(a):
    def means(arr: np.ndarray):
        return torch.tensor([r.mean() for r in arr])

    return means(a.numpy())


# run of_local()
def of_local():
    arr = np.arange(6, dtype=np.float32).reshape(2, 3)
    stats = [[row.mean(), row.std()] for row in arr]
    firsts = torch.tensor([row[0] for row in arr])
    return torch.tensor(stats), firsts, torch.tensor([arr[i].sum() for i in range(2)]), torch.tensor([v for v in arr[1]])


# run collected()
def collected():
    rng = np.random.RandomState(0)
    losses = []
    for _ in range(3):
        batch = rng.rand(4, 2).astype(np.float32)
        losses.append(batch.mean())
    counts = [row.argmax() for row in np.arange(6).reshape(2, 3)]
    return torch.tensor(losses).shape, torch.tensor(counts), torch.as_tensor([r.max() for r in np.asarray([[1.5, 2.5]], np.float32)])


# run counted()
def counted():
    sizes = np.array([[2, 3], [4, 1]])
    total = torch.zeros(2)
    for row in sizes:
        total = total + torch.ones(2) * row.sum()
        total = total * row[0] + row.max()
    return total, [float(row.mean()) for row in sizes], torch.zeros(int(sizes[0].sum()))

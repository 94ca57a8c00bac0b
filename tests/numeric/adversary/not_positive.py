"""Matrices without a Cholesky factor: what raises in PyTorch raises in the port, inside of `try` and outside of it."""

import torch


# run guarded()
def guarded():
    K = torch.tensor([[1.0, 2.0], [2.0, 1.0]])
    try:
        return torch.linalg.cholesky(K)
    except RuntimeError:
        return torch.linalg.cholesky(K + 2 * torch.eye(2))


# run jitter(x) | x=f32[3,2] | tol=1e-3
def jitter(x):
    K = x @ x.t() - 0.5 * torch.eye(3)
    size = 1e-3
    for _ in range(12):
        try:
            factor = torch.linalg.cholesky(K + size * torch.eye(3))
            break
        except RuntimeError:
            size *= 10
    return size, factor


# run positives()
def positives():
    return [is_positive(K) for K in (torch.eye(3), -torch.eye(3), torch.ones(2, 2), torch.full((2, 2), float("nan")))]


def is_positive(K):
    try:
        torch.linalg.cholesky(K)
        return True
    except Exception:
        return False


# run of_many(x) | x=f32[2,3,3] | grad=x
def of_many(x):
    K = x @ x.mT + torch.eye(3)
    return torch.linalg.cholesky(K).sum(), torch.linalg.cholesky(K, upper=True)[0]

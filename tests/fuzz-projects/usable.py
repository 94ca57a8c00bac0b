"""Whether a program says something: it runs under torch, and weights and batches that are rounded otherwise change its results little."""

import warnings

import torch

SHAKEN = 1e-5
TOLERANCE = 5e-4


def is_usable(text):
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    program = compile(text, "program", "exec")
    try:
        first, second = (numbers(results(program, shaken, seed)) for seed, shaken in enumerate((0.0, SHAKEN)))
    except Exception:  # PyTorch says no in many ways
        return False
    return len(first) == len(second) and all(map(is_near, first, second))


def results(program, shaken, seed):
    torch.manual_seed(seed)
    names = {"__name__": "program"}
    exec(program, names)
    fill, data = names["fill"], names["data"]

    def fill_and_shake(model):
        fill(model)
        with torch.no_grad():
            for k, value in enumerate(model.state_dict().values()):
                if value.is_floating_point():
                    value.mul_(1 + shaken * (-1) ** k)

    def shaken_data(i):
        signs = torch.ones(24).reshape(6, 4).cumsum(0).remainder(2) * 2 - 1
        return tuple(batch * (1 + shaken * signs) for batch in data(i))

    names["fill"], names["data"] = fill_and_shake, shaken_data
    return names["main"]()


def numbers(value):
    """All that a result holds, one after another."""
    if isinstance(value, torch.Tensor):
        return [*value.shape, *value.detach().double().flatten().tolist()]
    if isinstance(value, dict):
        return [*value, *(number for part in value.values() for number in numbers(part))]
    if isinstance(value, (list, tuple)):
        return [number for part in value for number in numbers(part)]
    return [value]


def is_near(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= TOLERANCE * (1 + abs(a))
    return a == b

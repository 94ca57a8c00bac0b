"""Whether a program says something: it runs under torch, its results are finite, and weights that are rounded otherwise change them little."""

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
    fill = names["fill"]

    def fill_and_shake(model):
        fill(model)
        with torch.no_grad():
            for k, value in enumerate(model.state_dict().values()):
                if value.is_floating_point():
                    value.mul_(1 + shaken * (-1) ** k)

    names["fill"] = fill_and_shake
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

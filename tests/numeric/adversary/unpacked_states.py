# States that a step unpacks and then writes by index: its callers pass tensors.
import torch


# What is computed first is right.
# run kept_apart()
def kept_apart():
    state = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for _ in range(3):
        state = step_of_values(state)
    return state


def step_of_values(state):
    position, velocity = state
    position, velocity = position + 0.1 * velocity, velocity - 0.1 * position
    return torch.stack([position, velocity])


# run of_numbers()
def of_numbers():
    state = [1.0, 2.0]
    for _ in range(3):
        state = step_of_numbers(state)
    return state


def step_of_numbers(state):
    position, velocity = state
    state[0] += 0.1 * velocity
    state[1] -= 0.1 * position
    return state


# run in_turn() | todo
def in_turn():
    state = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for _ in range(3):
        state = step(state)
    return state


def step(state):
    position, velocity = state
    state[0] += 0.1 * velocity
    state[1] -= 0.1 * position
    return state


# run with_rest() | todo
def with_rest():
    rows = torch.ones(3, 2)
    return split(rows), rows


def split(rows):
    first, *rest = rows
    rows[1] += 1
    return first, rest


# run listed() | todo
def listed():
    rows = torch.ones(3, 2)
    for _ in range(2):
        rows = listing(rows)
    return rows


def listing(rows):
    kept = [row for row in rows]
    rows[1] += 1
    rows[0] = kept[1] * 2
    return rows

"""K steps of the user's own training code: the losses, and the weights after the first step and at the end."""

import math

from .entries import evaluate
from .stages import Stop, stage

HELP = "`step` is an expression that does one step and gives the loss, such as \"train:step(model, optimizer, x, y)\"; it may use the model, the optimizer, and the inputs by name"


def text_of(train, key, side):
    return train.get(f"{key}_{side}") or train.get(key)


def run(case, side, model, names, batches):
    """`(losses, state after the first step, last state)`; the states are taken by `side.state`."""
    train = case["train"]
    names = {**names, "model": model, "steps": train["steps"]}
    optimizer = text_of(train, "optimizer", side.name)
    if optimizer:
        with stage("optimizer", f"`{optimizer}` raised", f"it is evaluated where `model` is the model; say `optimizer_{side.name}` where the sides differ"):
            names["optimizer"] = side.optimizer = evaluate(optimizer, case, side.name, names)
    loop = text_of(train, "loop", side.name)
    if loop:
        with stage("training", f"`{loop}` raised", "`loop` is an expression that trains for `steps` steps and gives the losses"):
            losses = evaluate(loop, case, side.name, {**names, **batches[0]})
            losses = [number(loss) for loss in (losses if isinstance(losses, (list, tuple)) else losses.tolist())]
        return losses, None, side.state(model)
    losses, first = [], None
    step = text_of(train, "step", side.name)
    for index, batch in enumerate(batches):
        with stage("training", f"step {index}: `{step}` raised", HELP):
            losses.append(number(evaluate(step, case, side.name, {**names, **batch, "index": index})))
        if index == 0:
            first = side.state(model)
            side.after_first_step(model)
    return losses, first, side.state(model)


def number(loss):
    if isinstance(loss, (tuple, list)) and loss:
        loss = loss[0]
    if isinstance(loss, dict) and "loss" in loss:
        loss = loss["loss"]
    if loss is None:
        raise Stop("training", "the step gives None, not a loss", HELP)
    return float(loss)


def encode(losses, first, last, side, writer):
    """The node that is compared."""
    items = [["losses", {"t": "seq", "items": [[i, {"t": "float", "v": repr(v)}] for i, v in enumerate(losses)]}]]
    if first is not None:
        items.append(["parameters after the first step", state_node(first, writer)])
    items.append(["parameters at the end", state_node(last, writer)])
    return {"t": "dict", "items": items}


def state_node(state, writer):
    return {"t": "module", "items": {k: writer.array(*v) for k, v in state.items()}}


def sensitivity(runs):
    """How far rounding alone moves each loss and weight: the difference of two runs that start one rounding apart."""
    (losses_a, first_a, last_a), (losses_b, first_b, last_b) = runs
    apart = [abs(a - b) if math.isfinite(a - b) else 0.0 for a, b in zip(losses_a, losses_b)]
    between = lambda a, b: {k: abs(a[k][0].astype("float64") - b[k][0]).astype("float32") for k in a} if a else {}
    return apart, between(first_a, first_b), between(last_a, last_b)

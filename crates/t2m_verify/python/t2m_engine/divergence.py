"""The first place at which a port parts from its original.

The traces of both sides are laid beside each other in the order of the original: the first module whose inputs agree and whose output does
not, and in it the first name that gets another value. Without such a place (buffers, gradients, updates) the key of the array names it."""

import numpy as np

from . import causes

LOOSER = 4  # times the tolerance of outputs: what comes in may already be a few roundings away


def explain(judged):
    """What a report says about a mismatch, None if it can say nothing."""
    found = None
    if judged.a.get("trace") and judged.b.get("trace"):
        found = in_forward(judged)
    return found or in_arrays(judged)


def before_the_end(judged):
    """Where a port parted that then raised, None if its traces agree up to there."""
    return in_forward(judged) if judged.a.get("trace") else None


# In the forward pass.


def in_forward(judged):
    call = first_call(judged)
    path = call[0]["path"] if call else None
    if call and not written(judged, path):
        return of_library_call(judged, *call)
    assigned = first_assignment(judged, path)
    if call:
        return of_call(judged, *call, assigned)
    return of_assignment(judged, *assigned) if assigned else None


def first_call(judged):
    """The first module call, as it ends, whose inputs agree and whose output differs."""
    others = {(c["path"], c["call"]): c for c in judged.b["trace"]["calls"]}
    for call in judged.a["trace"]["calls"]:
        other = others.get((call["path"], call["call"]))
        if other and agree(judged, call["inputs"], other["inputs"]) and not agree(judged, call["output"], other["output"]):
            return call, other
    return None


def first_assignment(judged, path):
    """The first name of a user's function that holds another value; inside of one module's own code if there is a path."""
    def keys(event):
        full = (event["path"], event["function"], event["call"], event["name"], event["number"])
        return full, (event["path"], event["name"], event["number"])

    others = {}
    for event in judged.b["trace"]["assigned"]:
        for key in keys(event):
            others.setdefault(key, event)
    for event in judged.a["trace"]["assigned"]:
        if path is not None and event["path"] != path:
            continue
        full, short = keys(event)
        other = others.get(full) or (others.get(short) if event["function"] != "forward" else None)
        if other and not agree(judged, event["value"], other["value"]):
            return event, other
    return None


def written(judged, path):
    """Whether both sides' class is the user's own."""
    tables = judged.a.get("modules", {}), judged.b.get("modules", {})
    return all(table.get(path, {}).get("written") for table in tables)


def of_library_call(judged, call, other):
    report = of_path(judged, call["path"])
    report["original"], report["port"] = (place(side, call["path"], event) for side, event in ((judged.a, call), (judged.b, other)))
    return with_difference(judged, report, call["output"], other["output"], leaves(judged.torch, call["inputs"]))


def place(record, path, event):
    """Where a module of a library was built, or else called."""
    return record.get("modules", {}).get(path, {}).get("built") or event["at"]


def of_call(judged, call, other, assigned):
    report = of_path(judged, call["path"])
    report["original"], report["port"] = (side["modules"][call["path"]]["written"] for side in (judged.a, judged.b))
    inputs = leaves(judged.torch, call["inputs"])
    if has_other_settings(judged, call["path"]) and report["original"] and report["port"]:
        built = of_path(judged, call["path"])
        report.update(original=built["original"] or report["original"], port=built["port"] or report["port"])
        return with_difference(judged, report, call["output"], other["output"], inputs)
    if assigned:
        event, its = assigned
        report.update(original=event["at"], port=its["at"], name=event["name"])
        return with_difference(judged, report, event["value"], its["value"], inputs, around(judged, event))
    return with_difference(judged, report, call["output"], other["output"], inputs)


def has_other_settings(judged, path):
    """Built with another eps: the line that builds it is the one to look at, not the one that divides."""
    return bool(causes.of_settings(*(side["modules"][path].get("settings", {}) for side in (judged.a, judged.b))))


def of_assignment(judged, event, other):
    report = of_path(judged, event["path"])
    report.update(original=event["at"], port=other["at"], name=event["name"], function=event["function"])
    return with_difference(judged, report, event["value"], other["value"], [], around(judged, event))


def around(judged, event):
    """What the names of the function hold when it sets this one: the last value of those before, and what the same line sets."""
    held = {}
    for other in judged.a["trace"]["assigned"]:
        if (other["path"], other["function"], other["call"]) == (event["path"], event["function"], event["call"]):
            if other is not event and (other["at"] == event["at"] or other["order"] < event["order"]) and other["value"]["t"] == "array":
                held[other["name"]] = judged.torch.array(other["value"])
    return list(held.items())[:24]


def of_path(judged, path):
    a, b = (side.get("modules", {}).get(path, {}) for side in (judged.a, judged.b))
    return {"path": path, "class": [a.get("class"), b.get("class")], "original": a.get("built"), "port": b.get("built"), "name": None, "function": None,
            "difference": None, "causes": causes.of_settings(a.get("settings", {}), b.get("settings", {})) + of_constants(judged, path)}


def of_constants(judged, path):
    """Buffers that no state holds have to agree from the start: nothing loads them."""
    start = f"{path}." if path else ""
    for key, node in judged.a.get("constants", {}).items():
        other = judged.b.get("constants", {}).get(key)
        if other and key.startswith(start) and "." not in key.removeprefix(start) and not agree(judged, node, other):
            return [f"its buffer `{key.removeprefix(start)}` has other values from the start"]
    return []


def with_difference(judged, report, a, b, inputs, named=()):
    differences = compared(judged, a, b, 1).differences
    first = differences[0] if differences else None
    if first:
        report["difference"] = {k: v for k, v in first.items() if k != "nodes"}
        nodes = first.get("nodes")
        if nodes:
            report["causes"] += causes.of_arrays(judged.torch.array(nodes[0]), judged.mlx.array(nodes[1]), inputs, named)
    return report


# By the array that differs.


def in_arrays(judged):
    """Buffers, gradients, parameters: their keys name the module."""
    differences = [(d, key_of(d)) for d in judged.differences]
    keyed = [(d, key) for d, key in differences if key]
    if not keyed:
        return None
    part, key = latest(judged, keyed)
    path, _, name = key.rpartition(".")
    report = {**of_path(judged, path), "name": name}
    report["difference"] = {k: v for k, v in part.items() if k != "nodes"}
    if part["at"].startswith("parameter") and key not in judged.a.get("frozen", []):
        report.update(of_optimizer(judged))
    report["causes"] += why(judged, part, key)
    return report


def of_optimizer(judged):
    """All gradients agree as far as is known: the update itself is another one."""
    a, b = (side.get("optimizer") or {} for side in (judged.a, judged.b))
    return {"path": None, "class": [a.get("class"), b.get("class")], "original": a.get("built"), "port": b.get("built"), "name": None,
            "causes": causes.of_settings(a.get("settings", {}), b.get("settings", {}))}


def key_of(difference):
    if difference.get("key"):
        return difference["key"]
    for start in ("gradient of ", "buffer.", "parameter after the first step.", "parameters at the end.", "parameter at the end."):
        if difference["at"].startswith(start):
            key = difference["at"].removeprefix(start)
            return None if key.startswith("input ") else key
    return None


def latest(judged, keyed):
    """Gradients flow backward, so the last module of the forward pass is where a wrong one starts. Other arrays: the first."""
    odd = [pair for pair in keyed if pair[0].get("kind") in ("trained", "frozen", "untied")]
    if odd:
        return odd[0]
    if not keyed[0][0]["at"].startswith("gradient of "):
        return keyed[0]
    order = {path: i for i, path in enumerate(judged.a.get("modules", {}))}
    for i, call in enumerate((judged.a.get("trace") or {}).get("calls", [])):
        order[call["path"]] = len(order) + i
    return max((pair for pair in keyed if pair[0]["at"].startswith("gradient of ")), key=lambda pair: order.get(pair[1].rpartition(".")[0], -1))


def why(judged, difference, key):
    kind, at = difference.get("kind"), difference["at"]
    if kind == "trained":
        return [f"`{key}` is frozen in the original and trained in the port"]
    if kind == "frozen":
        return [f"`{key}` is trained in the original and frozen (or no parameter) in the port"]
    if kind == "untied":
        return [f"`{key}` shares its weights in the original"]
    if at.startswith("buffer.") and difference.get("nodes"):
        a, b = difference["nodes"]
        return causes.of_buffer(judged.torch.array(judged.a["state"][key]), judged.torch.array(a), judged.mlx.array(b))
    if at.startswith("gradient of ") and difference.get("nodes"):
        return causes.of_arrays(judged.torch.array(difference["nodes"][0]), judged.mlx.array(difference["nodes"][1]))
    if at.startswith("parameter"):
        return of_training(judged, key)
    return []


def of_training(judged, key):
    steps = [dict(map(tuple, record["result"]["items"])).get("parameters after the first step") for record in (judged.a, judged.b)]
    if not all(steps):
        return []
    if key in judged.a.get("frozen", []):
        return [f"`{key}` is frozen in the original and trained in the port"]
    trained, pairs = {k for k in judged.a["state"]} & steps[0]["items"].keys() & steps[1]["items"].keys(), []
    for name in sorted(trained):
        start = judged.torch.array(judged.a["state"][name]).astype(np.float64)
        a, b = judged.torch.array(steps[0]["items"][name]) - start, judged.mlx.array(steps[1]["items"][name]) - start
        noise = judged.torch.array(judged.a["slack"]["parameters after the first step"][name])
        if np.abs(noise).max(initial=0.0) < 0.01 * max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0)):
            pairs.append((name, a, b))
    return causes.of_updates(pairs)


# For the picture.


def by_layer(judged):
    """`[path, class, largest difference over the largest value]` of every module call, in order."""
    if not (judged.a.get("trace") and judged.b.get("trace")):
        return []
    others = {(c["path"], c["call"]): c for c in judged.b["trace"]["calls"]}
    found = []
    for call in judged.a["trace"]["calls"]:
        other = others.get((call["path"], call["call"]))
        if other is None:
            continue
        a, b = leaves(judged.torch, call["output"]), leaves(judged.mlx, other["output"])
        same = len(a) == len(b) and all(x.shape == y.shape for x, y in zip(a, b))
        apart = max((ratio(x, y) for x, y in zip(a, b)), default=0.0) if same else None
        found.append([call["path"], judged.a["modules"].get(call["path"], {}).get("class"), apart if apart is None or np.isfinite(apart) else None])
    return found


def ratio(x, y):
    """The largest difference over the largest value, among what is finite on both sides."""
    both = np.isfinite(x) & np.isfinite(y)
    if not np.array_equal(np.isfinite(x), np.isfinite(y)):
        return np.inf
    x, y = x[both].astype(np.float64), y[both].astype(np.float64)
    return float(np.abs(x - y).max(initial=0.0)) / max(float(np.abs(x).max(initial=0.0)), 1e-30)


# Values of a trace.


def compared(judged, a, b, factor):
    comparison = judged.comparison("kind", factor, floor=1e-7)
    comparison.node(plain(a), plain(b), "value")
    return comparison


def agree(judged, a, b):
    """Whether two values agree; what could not be looked at counts as agreeing, and so do channels in another place."""
    a, b = plain(a), plain(b)
    if hidden(a) or hidden(b):
        return True
    comparison = compared(judged, a, b, LOOSER)
    return not comparison.differences or channels_last(judged, a, b)


def plain(node):
    """Numbers as one kind, None and modules left out of sequences."""
    if isinstance(node, list):
        node = {"t": "seq", "items": list(enumerate(node))}
    if node["t"] == "seq":
        kept = [plain(child) for _, child in node["items"] if child["t"] not in ("NoneType", "module", "object", "bool", "str")]
        return kept[0] if len(kept) == 1 else {"t": "seq", "items": list(enumerate(kept))}
    if node["t"] == "int":
        return {"t": "float", "v": repr(float(node["v"]))}
    return node


def hidden(node):
    return node["t"] in ("object", "module", "NoneType", "str", "bool") or (node["t"] == "seq" and not node["items"])


def channels_last(judged, a, b):
    """A port in MLX's own layout: (N, C, ...) there is (N, ..., C) here."""
    if a["t"] != "array" or b["t"] != "array" or len(a["shape"]) < 3 or len(a["shape"]) != len(b["shape"]):
        return False
    x, y = judged.torch.array(a), np.moveaxis(judged.mlx.array(b), -1, 1)
    return x.shape == y.shape and causes.near(x, y, 1e-4)


def leaves(reader, node):
    """The arrays of a node."""
    if isinstance(node, list):
        return [leaf for child in node for leaf in leaves(reader, child)]
    if node["t"] == "array":
        return [reader.array(node)]
    if node["t"] in ("seq", "dict", "set"):
        return [leaf for _, child in node["items"] for leaf in leaves(reader, child)]
    return []

"""Judges what the two sides of a folder wrote: `compare FOLDER` writes report.jsonl, exit code 1 if any case failed."""

import json

import numpy as np

from . import divergence, runner, store
from .compare import CHECKS, SLACK, TRAIN_TOLERANCE, Comparison, finite, kind_of, places

FLOORS = {"outputs": 1e-7, "buffers after the call": 1e-6}
SMALL = 4  # times the tolerance: small numbers are differences of larger ones
GRADIENTS = 10  # times the tolerance: a gradient sums over more roundings than an output
SHOWN = 12  # differences of one part that a report holds


def main(folder):
    failed = 0
    sides = store.Reader(folder, "torch"), store.Reader(folder, "mlx")
    with open(folder / "report.jsonl", "w", encoding="utf-8") as report:
        for case in runner.read_cases(folder):
            verdict = judge(case, *sides)
            failed += not verdict["ok"]
            seconds = sum(s.records.get(case["id"], {}).get("seconds", 0) for s in sides)
            report.write(json.dumps({"id": case["id"], **verdict, "seconds": round(seconds, 4)}) + "\n")
    return 1 if failed else 0


def judge(case, torch, mlx):
    """The fields of a verdict: `ok`, `error`, and for an entry everything that a report tells."""
    records = []
    for name, side in (("torch", torch), ("mlx", mlx)):
        record = side.records.get(case["id"])
        if record is None:
            return failed(f"{name} side: this case was not run", name)
        if not record["ok"]:
            verdict = failed(f"{name} side: {record['error']}", name, record.get("stopped"), records[0] if records else None)
            if records and record.get("trace"):
                verdict["divergence"] = divergence.before_the_end(Judgement(case, torch, mlx, *records, record))
            return verdict
        records.append(record)
    if records[0].get("skipped"):
        return {"ok": True, "error": None, "skipped": True}
    if case.get("entry"):
        return Judgement(case, torch, mlx, *records).verdict()
    error = judge_text(case, torch, mlx, records)
    return {"ok": error is None, "error": error}


def failed(error, side, stopped=None, torch_record=None):
    stopped = {"side": side, **(stopped or {"stage": "run", "what": error.partition(": ")[2], "help": None, "traceback": None})}
    return {"ok": False, "error": error, "stopped": stopped, "proposal": (torch_record or {}).get("proposal")}


def judge_text(case, torch, mlx, records):
    """None, or what is wrong first."""
    check = case.get("check", "values")
    if check not in CHECKS:
        return f"unknown check {check!r}: one of {', '.join(CHECKS)}"
    if check == "none":
        return None
    if records[0]["result"]["t"] == "NoneType":
        return "torch gives None: nothing would be compared (make the result an expression with a value, or check = \"none\")"
    comparison = Comparison(case, check, torch, mlx)
    comparison.node(records[0]["result"], records[1]["result"], "result")
    if check != "shape" and check != "moments":
        comparison.steps(records[0]["result"])
    comparison.gradients(records[0].get("grads"), records[1].get("grads"), tied_groups(records[0]))
    if comparison.differences:
        return comparison.differences[0]["text"]
    return misjudged(case, records[1].get("reads"))


def misjudged(case, reads):
    """What is wrong about where the port is said to read values."""
    if reads is None or reads == case["reads"]:
        return None
    if reads:
        return "`mx.compile` can't trace it: it reads values, and no note says so (a row says `evaluates = true`)"
    return "a note says that it reads values, but `mx.compile` traces it"


def tied_groups(record):
    return {k: group[0] for group in record.get("tied", []) for k in group}


class Judgement:
    """The verdict about an entry, part by part."""

    def __init__(self, case, torch, mlx, torch_record, mlx_record):
        self.case, self.torch, self.mlx = case, torch, mlx
        self.a, self.b = torch_record, mlx_record
        self.parts, self.differences = [], []
        self.nudged, self.nothing = torch_record.get("nudged"), None

    def verdict(self):
        if self.case.get("train"):
            self.training()
        else:
            self.outputs()
            if not self.differences:
                self.small()
            self.buffers()
            self.gradients()
        if self.nothing:
            stopped = {"stage": "call", "what": self.nothing, "help": "say with `call` what is compared, such as call = \"model.predict(x)\"; a function that makes a model gets its arguments with `--args`", "traceback": None}
            return failed(f"torch side: {self.nothing}", "torch", stopped)
        ok = not self.differences
        found = None if ok else divergence.explain(self)
        costs = {"torch": self.a.get("cost"), "mlx": self.b.get("cost")}
        notes = list(dict.fromkeys([*self.a["notes"], *self.b["notes"]]))
        if self.a.get("random"):
            notes.append("the call draws random numbers: outputs are compared in distribution (mean and standard deviation)")
        if self.a.get("dropout"):
            notes.append("dropout is set to 0 on both sides")
        return {"ok": ok, "function": "modules" not in self.a, "error": None if ok else self.differences[0]["text"], "parts": self.parts, "divergence": found, "cost": costs,
                "notes": notes, "proposal": self.a.get("proposal"), "layers": divergence.by_layer(self), "losses": self.losses()}

    def comparison(self, check="values", factor=1, floor=0.0):
        case = {**self.case, "train": None}
        made = Comparison(case, check, self.torch, self.mlx)
        made.scaled, made.floor = True, floor
        if factor != 1:
            plain = made.tolerance
            made.tolerance = lambda dtype: plain(dtype) * factor
        return made

    def close(self, name, comparison):
        """One row of the table."""
        seen = comparison.arrays_seen
        worst = max(seen, key=lambda s: float("inf") if s["max"] is None else s["max"], default=None)
        kept = [{k: v for k, v in d.items() if k != "nodes"} for d in comparison.differences[:SHOWN]]
        self.parts.append({"name": name, "ok": not comparison.differences, "arrays": len(seen), "worst": worst,
                           "differences": kept, "more": len(comparison.differences) - len(kept)})
        self.differences += comparison.differences

    def outputs(self):
        comparison = self.comparison("moments" if self.a.get("random") else "values", floor=FLOORS["outputs"])
        if self.nudged:
            comparison.nudged = places(self.nudged["result"], "output")
        comparison.node(self.a["result"], self.b["result"], "output")
        if not comparison.seen and not comparison.differences:
            self.nothing = "the call gives no value on either side: nothing was compared"
        self.close("outputs", comparison)

    def small(self):
        """Floats alone: what is chosen among small numbers (argmax) is left to chance."""
        if "small" not in self.a or "small" not in self.b:
            return
        a, b = places(self.a["small"], "output"), places(self.b["small"], "output")
        comparison = self.comparison(factor=SMALL)
        comparison.nudged = places(self.nudged["small"], "output") if self.nudged and "small" in self.nudged else {}
        for at in a.keys() & b.keys():
            if kind_of(a[at]["dtype"]) == "float" and a[at]["shape"] == b[at]["shape"]:
                comparison.arrays(a[at], b[at], at)
        self.close("outputs with small weights", comparison)

    def buffers(self):
        if self.a.get("after") and self.a["after"]["items"]:
            comparison = self.comparison(floor=FLOORS["buffers after the call"])
            if self.nudged:
                comparison.nudged = {f"buffer.{k}": node for k, node in self.nudged["after"]["items"].items()}
            comparison.weights(self.a["after"]["items"], self.b["after"]["items"], "buffer")
            self.close("buffers after the call", comparison)

    def gradients(self):
        if self.a.get("grads") is None:
            return
        largest = max((float(abs(self.torch.array(n)).max(initial=0.0)) for n in self.a["grads"].values()), default=0.0)
        comparison = self.comparison(factor=GRADIENTS, floor=1e-6 * largest)
        if self.nudged:
            comparison.nudged = {f"gradient of {k}": node for k, node in self.nudged["grads"].items()}
        comparison.gradients(self.a["grads"], self.b.get("grads") or {}, tied_groups(self.a))
        self.close("gradients", comparison)

    def training(self):
        slack = self.a["slack"]
        torch, mlx = (dict(map(tuple, record["result"]["items"])) for record in (self.a, self.b))
        factor = TRAIN_TOLERANCE / 1e-5 if "tol" not in self.case else 1
        losses = self.comparison(factor=factor)
        x, y = (side["losses"]["items"] for side in (torch, mlx))
        if len(x) != len(y):
            losses.differ("losses", f"losses: torch gives {len(x)}, mlx {len(y)}", kind="structure")
        for (step, p), (_, q), allowed in zip(x, y, slack["losses"]):
            losses.values(np.asarray(float(p["v"])), np.asarray(float(q["v"])), losses.tolerance("float32"), f"loss of step {step}", slack=SLACK * allowed)
        self.close("losses", losses)
        for name in ("parameters after the first step", "parameters at the end"):
            if name in torch and name in mlx:
                comparison = self.comparison(factor=factor, floor=1e-6)
                comparison.weights(torch[name]["items"], mlx[name]["items"], name.replace("parameters ", "parameter "), slack[name])
                self.close(name, comparison)

    def losses(self):
        if not self.case.get("train"):
            return None
        return [[finite(float(node["v"])) for _, node in dict(map(tuple, record["result"]["items"]))["losses"]["items"]] for record in (self.a, self.b)]

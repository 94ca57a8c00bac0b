"""Runs the code cells of a notebook that stands beside this file, without what speaks to IPython."""

import json
from pathlib import Path


def run(name):
    names = {}
    for cell in json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))["cells"]:
        lines = "".join(cell["source"]).splitlines()
        if cell["cell_type"] == "code" and lines and not lines[0].startswith("%%bash"):
            exec("\n".join(line for line in lines if not line.startswith(("%", "!"))), names)
    return names

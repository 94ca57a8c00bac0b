"""`python draw.py SEED COUNT OUT`: writes random programs, fifty to a file, with the `# run` lines of adversary programs above them."""

import pathlib
import random
import sys
import warnings

import programs
import torch

PER_FILE = 50


def main(seed, count, out):
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    texts = []
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        texts.append(programs.Program(chance, f"p{number}").text(chance.choice([2, 3, 4, 5])))
    for start in range(0, count, PER_FILE):
        text = "\n\n\n".join(["import torch"] + texts[start : start + PER_FILE]) + "\n"
        compile(text, "programs", "exec")
        (pathlib.Path(out) / f"programs_{start // PER_FILE}.py").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])

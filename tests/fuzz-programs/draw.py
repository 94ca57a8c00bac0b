"""`python draw.py SEED COUNT OUT`: writes random programs, a file each, with the `# run` lines of adversary programs above them."""

import pathlib
import random
import sys
import warnings

import programs
import torch


def main(seed, count, out):
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        text = programs.Program(chance, f"p{number}").text(chance.choice([2, 3, 4, 5]))
        (pathlib.Path(out) / f"p{number}.py").write_text(f"import torch\n\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])

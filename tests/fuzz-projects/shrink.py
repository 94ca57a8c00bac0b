"""`python shrink.py PROJECTS OUT`: writes every project of the one folder to the other with a slot or half of them less, `p7.py` as `p7_0.py`, `p7_1.py`, ..."""

import pathlib
import sys

import projects
import usable

MARK = "# project "


def main(folder, out):
    for path in sorted(pathlib.Path(folder).glob("*.py")):
        mark = next(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(MARK))
        seed, *without = mark.removeprefix(MARK).replace("without ", "").split()
        project = projects.Project(int(seed), without)
        own = project.text()
        slots = list(filter(project.has, project.slots))
        parts = [slots[::2], slots[1::2], slots[: len(slots) // 2], slots[len(slots) // 2 :], *([slot] for slot in slots)]
        for number, part in enumerate(parts):
            text = projects.Project(int(seed), [*without, *part]).text()
            if len(text) < len(own) - len(" ".join(part)) and usable.is_usable(text):
                (pathlib.Path(out) / f"{path.stem}_{number}.py").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

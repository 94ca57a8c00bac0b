"""`python draw.py SEED COUNT OUT`: writes random projects, a file each, with the `# run` line of adversary programs above them; says how many are not usable."""

import pathlib
import sys

import projects
import usable


def main(seed, count, out):
    unusable = 0
    for number in range(count):
        text = projects.Project(seed * 1_000_003 + number).text()
        if usable.is_usable(text):
            (pathlib.Path(out) / f"p{number}.py").write_text(text, encoding="utf-8")
        else:
            unusable += 1
    print(f"fuzz-projects: of {count} projects {unusable} are unusable: torch raises, or their numbers hang on rounding", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])

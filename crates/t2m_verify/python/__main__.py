"""`python FOLDER-OF-THIS-FILE torch|mlx|compare CASES-FOLDER`: one side of a run, or the judge."""

import pathlib
import sys

from t2m_engine import judge, runner

sys.dont_write_bytecode = True  # projects and their ports stay as they are

if __name__ == "__main__":
    task, folder, *start = sys.argv[1:]
    folder = pathlib.Path(folder).resolve()
    if task == "compare":
        sys.exit(judge.main(folder))
    sys.exit(runner.main(task, folder, *map(int, start)))

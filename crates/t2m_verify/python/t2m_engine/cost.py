"""Time and memory of a call: the median of several runs behind a warm-up, and how far the process grew while they ran."""

import ctypes
import gc
import statistics
import sys
import time

RUNS = 5
PATIENCE = 20  # seconds that all timed runs may take together


def measure(call):
    """`call` has run once already and waits for its result."""
    taken = []
    begun = time.perf_counter()
    for _ in range(RUNS):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
        if time.perf_counter() - begun > PATIENCE:
            break
    return {"seconds": statistics.median(taken), "runs": len(taken)}


class Memory:
    """The peak of resident memory above where it stood at the start. Where the system can't forget an older peak, growth of the peak."""

    def __init__(self):
        give_back()
        self.resets = self.reset()
        self.start = resident() if self.resets else peak()

    def reset(self):
        try:
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")
            return resident() is not None
        except OSError:
            return False

    def grown(self):
        return max(0, (peak() or 0) - (self.start or 0))


def give_back():
    """What earlier work freed goes back to the system, or it would serve what is measured now."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError, TypeError):
        pass  # only the C library of Linux has it


def status(key):
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith(key + ":"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def resident():
    return status("VmRSS")


def peak():
    found = status("VmHWM")
    if found is None:
        import resource

        found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return found

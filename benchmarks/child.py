"""Runs a command and measures it, from a process that is itself small.

usage: child.py COMMAND…

On Linux a process's peak memory begins with that of the process which started it, so the benchmark itself, with whole
help centers in its memory, can't be the one. Prints JSON: `code`, `seconds`, `megabytes`, `out` and `err`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

if __name__ == "__main__":
    begun = time.perf_counter()
    done = subprocess.run(sys.argv[1:], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # Linux counts in kilobytes, macOS in bytes.
    megabytes = peak / (1e6 if sys.platform == "darwin" else 1e3)
    result = {"code": done.returncode, "seconds": seconds, "megabytes": megabytes}
    print(json.dumps({**result, "out": done.stdout, "err": done.stderr}))

"""`make bench`: every benchmark, each in a process of its own. Figures only; nothing fails on time."""

import subprocess
import sys

for name in ("imports", "forms"):
    print(f"== {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)

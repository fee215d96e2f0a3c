"""For all tests: workers side by side, each with one thread, which would else wait for one another."""

import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Each process of the tests would else compile the core and its dependencies again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

"""For all tests: workers side by side, each with one thread, which would else wait for one another."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

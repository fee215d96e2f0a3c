"""How long commands take that need no torch.

uv run python benchmarks/command_line.py

Each is started several times in a process of its own. Processor time is what the command needs; the time
on the clock is what a user waits, and grows with whatever else runs on the machine.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

TURNS = 5
COMMANDS = {
    "--help": {},
    "plugins list": {},
    "components list": {},
    "components schema mmjsd": {},
    "--version --all": {},
    "train --modalities mnits": {},
    "completion": {
        "_MMCORE_COMPLETE": "complete_bash",
        "COMP_WORDS": "mmcore plu",
        "COMP_CWORD": "1",
    },
}


def spent():
    """Return the processor time of all processes that were started and have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(command, variables, folder):
    """Return the shortest time on the clock and the shortest processor time, in seconds."""
    arguments = [] if variables else command.split()
    environment = {**os.environ, **variables}
    clock, processor = [], []
    for _ in range(TURNS):
        started, before = time.perf_counter(), spent()
        subprocess.run(
            [sys.executable, "-m", "mmcore", *arguments],
            env=environment,
            cwd=folder,
            capture_output=True,
            check=False,
        )
        clock.append(time.perf_counter() - started)
        processor.append(spent() - before)
    return min(clock), min(processor)


with tempfile.TemporaryDirectory() as folder:
    print(f"{'command':28}{'clock':>8}{'processor':>11}   (seconds, best of {TURNS})")
    for command, variables in COMMANDS.items():
        clock, processor = measured(command, variables, folder)
        print(f"{command:28}{clock:8.2f}{processor:11.2f}")

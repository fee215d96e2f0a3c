"""Requests and replies of a side, as lines of JSON on standard input and output.

A request is a case: a task with options, and the number of threads. The first request of a case prepares
its task and runs one turn; later requests run a turn. A reply has the seconds, the CPU seconds and the
peak memory of the process, or the reason why the case cannot be measured.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import distributions

import torch

GIB_IN_KIB = 2**20


def serve(module, tasks):
    """Answer requests until standard input ends.

    Arguments:
        module: name of the module that is run, from which `fresh` starts processes.
        tasks: by name, a function from options to a turn, which is a function without arguments. A turn
            that returns a dictionary replaces the entries of the reply.
    """
    common = {
        "command": command,
        "fresh": lambda options: fresh(module, options),
        "about": lambda options: about,
    }
    # What libraries print goes to the log, because standard output has the replies.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    turns = {}
    for line in sys.stdin:
        reply = _reply(json.loads(line), {**common, **tasks}, turns)
        print(json.dumps(reply), file=replies, flush=True)


def _reply(request, tasks, turns):
    if request["task"] == "forget":
        turns.clear()
        return {}
    key = json.dumps(request, sort_keys=True)
    torch.set_num_threads(request["threads"])
    try:
        if key not in turns:
            turns[key] = tasks[request["task"]](request["options"])
        return measured(turns[key])
    except Exception as error:  # any fault of a peer is a row of the table, with its message
        name = "" if isinstance(error, RuntimeError) else f"{type(error).__name__}: "
        return {"failure": f"{name}{error}".strip().splitlines()[0][:300]}


def measured(turn):
    """Return the seconds, the CPU seconds and the peak memory of a turn."""
    wall, cpu = time.perf_counter(), time.process_time()
    own = turn()
    spent = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB_IN_KIB
    return {**spent, "gib": gib, **(own if isinstance(own, dict) else {})}


def about():
    """Return the versions of Python and of the installed packages that matter."""
    names = ("mmcore", "multivae", "multiviewae", "torch", "numpy", "pytorch-lightning")
    installed = {d.metadata["Name"].lower(): d.version for d in distributions()}
    packages = {name: installed[name] for name in names if name in installed}
    return {"versions": {"python": platform.python_version(), **packages}}


def command(options):
    """Return a turn that runs Python with arguments in a new process and an empty folder."""

    def turn():
        with tempfile.TemporaryDirectory() as folder:
            return run([sys.executable, *options["arguments"]], folder, options)[1]

    return turn


def fresh(module, options):
    """Return a turn that runs one turn of another task in a new process, whose memory is its own."""
    request = {key: options[key] for key in ("task", "options")} | {
        "threads": torch.get_num_threads()
    }

    def turn():
        with tempfile.TemporaryDirectory() as folder:
            output, _ = run([sys.executable, "-m", module], folder, options, json.dumps(request))
        reply = json.loads(output.splitlines()[-1])
        if "failure" in reply:
            raise RuntimeError(reply["failure"])
        return reply

    return turn


def run(arguments, folder, options, text=""):
    """Return the output of a process, and its wall time, CPU time and peak memory.

    Raises:
        RuntimeError: the exit code is not in ``options["codes"]``, by default 0.
    """
    variables = {"OMP_NUM_THREADS": str(torch.get_num_threads()), "XDG_CACHE_HOME": folder}
    environment = {**os.environ, **variables, **options.get("environment", {})}
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as log, tempfile.TemporaryFile("w+") as given:
        given.write(text)
        given.seek(0)
        process = subprocess.Popen(
            arguments,
            env=environment,
            cwd=folder,
            stdin=given,
            stdout=log,
            stderr=subprocess.STDOUT if not text else None,
            preexec_fn=lambda: _limit(options.get("limit_gib")),
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        output = log.read()
    if process.returncode not in options.get("codes", [0]):
        last = (output.strip().splitlines() or ["no output"])[-1]
        raise RuntimeError(f"exit code {process.returncode}: {last}")
    seconds = time.perf_counter() - started
    spent = {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime}
    return output, {**spent, "gib": usage.ru_maxrss / GIB_IN_KIB}


def _limit(gib):
    if gib is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (int(gib * 2**30), int(gib * 2**30)))

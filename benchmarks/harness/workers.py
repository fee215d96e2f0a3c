"""The processes of the sides."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import Timer
from typing import Any

from benchmarks.harness.peers import PEERS, PeerMissing, python_of
from benchmarks.harness.plan import Case

__all__ = ["OURS", "Sides", "Worker"]

ROOT = Path(__file__).parents[2]
OURS = "mmcore"
WITHOUT = "OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE"
"""Variables that a process does not inherit: without bytecode, each start compiles all modules."""


class Worker:
    """A process that answers requests, see `benchmarks.sides.protocol`.

    Arguments:
        python: of its environment.
        module: that is run.
    """

    def __init__(self, python: str | Path, module: str) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115, until `close`
        variables = {name: own for name, own in os.environ.items() if name not in WITHOUT}
        self._process = subprocess.Popen(
            [python, "-m", module],
            cwd=ROOT,
            env={**variables, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def ask(self, request: Mapping[str, Any], limit: float) -> dict[str, Any]:
        """Return the reply; a process that does not answer within ``limit`` seconds is ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = Timer(limit, self._process.kill)
        timer.start()
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        timer.cancel()
        return json.loads(line) if line else {"failure": self._end(limit)}

    @property
    def is_alive(self) -> bool:
        """Whether the process answers requests."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        self._log.close()

    def _end(self, limit: float) -> str:
        code = self._process.wait()
        self._log.seek(0)
        lines = self._log.read().strip().splitlines()
        if code == -9:
            return f"no answer within {limit:g} s, or ended because of its memory"
        return f"the process ended with exit code {code}: {lines[-1] if lines else 'no message'}"


class Sides:
    """The processes of mmcore and of the peers, which start at their first request."""

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}
        self._missing: dict[str, str] = {}

    def ask(self, case: Case) -> dict[str, Any]:
        """Return the reply of the side of a case."""
        if case.side in self._missing:
            return {"failure": self._missing[case.side]}
        try:
            return self._worker(case.side).ask(case.request, case.limit)
        except PeerMissing as error:
            self._missing[case.side] = str(error)
            return {"failure": str(error)}

    def forget(self) -> None:
        """Release the models of the cases before; a process that has ended is started anew when needed."""
        for name, worker in list(self._workers.items()):
            worker.ask({"task": "forget", "options": {}, "threads": 1}, 60)
            if not worker.is_alive:
                worker.close()
                del self._workers[name]

    def versions(self) -> dict[str, dict[str, str]]:
        """Return the versions of each side that was started, or why a side is missing."""
        request = {"task": "about", "options": {}, "threads": 1}
        replies = {name: worker.ask(request, 60) for name, worker in self._workers.items()}
        own = {name: reply.get("versions", {}) for name, reply in replies.items()}
        return {**own, **{name: {"missing": reason} for name, reason in self._missing.items()}}

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers.values():
            worker.close()

    def _worker(self, side: str) -> Worker:
        if side not in self._workers or not self._workers[side].is_alive:
            peer = PEERS.get(side)
            self._workers[side] = (
                Worker(sys.executable, "benchmarks.sides.mmcore_side")
                if peer is None
                else Worker(python_of(peer), peer.module)
            )
        return self._workers[side]

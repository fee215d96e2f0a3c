"""Metrics measured one after the other, or divided over processes."""

import multiprocessing
import signal
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.context import ForkProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import torch

from mmcore.errors import MmcoreError
from mmcore.metrics import Subject
from mmcore.reporting.record import MetricRecord
from mmcore.runs.evaluation.measurement import Measurement
from mmcore.storage.files import write_text
from mmcore.terminal.printing import Console
from mmcore.terminal.progress import Progress, seconds_left
from mmcore.terminal.signals import ENDING
from mmcore.training.processes import can_fork

__all__ = ["check_processes", "measured"]

MANY = 15
"""Given subsets, as of four modalities, of which the number and the way to fewer are printed."""
LONG, SOON = 300.0, 60.0
"""Seconds of the rest of an evaluation that are printed, and after which they are estimated."""
FEWER = "--subsets, such as a,b,a+b, measures some of them, and --metrics some of the metrics"


def check_processes(count: int, accelerator: str) -> None:
    """Check that an evaluation can use several processes.

    Raises:
        MmcoreError: it cannot.
    """
    if count < 1:
        raise MmcoreError(f"--processes is {count}, expected a number of at least 1")
    if count > 1 and (accelerator != "cpu" or not can_fork()):
        raise MmcoreError(
            f"--processes {count} needs Linux, a CPU and no other threads of Python; leave it out, or start"
            " one command for each part of the metrics with --metrics",
            page="evaluation",
        )


def measured(
    measurements: Sequence[Measurement],
    subject: Subject,
    records: Mapping[str, MetricRecord],
    console: Console,
    processes: int,
) -> dict[str, MetricRecord]:
    """Return the records of metrics that have not been measured yet, by name.

    Arguments:
        measurements: the metrics.
        subject: model and data.
        records: of earlier evaluations.
        console: where progress is shown.
        processes: number of processes that the metrics are divided over.

    Raises:
        MmcoreError: a process has failed.
    """
    pending = []
    for measurement in measurements:
        if measurement.is_done(records):
            console.print(f"{measurement.name}: unchanged, not measured again")
        else:
            pending.append(measurement)
    if pending and len(subject.given) >= MANY:
        console.print(f"{len(subject.given)} given subsets: {FEWER}")
    if min(processes, len(pending)) > 1:
        return _in_processes(pending, subject, console, min(processes, len(pending)))
    return _one_by_one(pending, subject, console)


def _one_by_one(
    measurements: Sequence[Measurement], subject: Subject, console: Console
) -> dict[str, MetricRecord]:
    new, bar = {}, _Bar(console, len(measurements))
    subject = replace(subject, progress=bar.tick)
    with bar.progress:
        for measurement in measurements:
            bar.next(measurement.name)
            new[measurement.name] = measurement.record(subject)
            console.print(f"{measurement.name}: {new[measurement.name].outcome}")
    return new


class _Bar:
    """A progress bar over the metrics that also moves during a metric, and a line if they take long."""

    def __init__(self, console: Console, metrics: int) -> None:
        self.progress = Progress(console)
        self._console, self._metrics = console, metrics
        self._bar = self.progress.add(metrics)
        self._done, self._started, self._is_estimated = -1, perf_counter(), False

    def next(self, name: str) -> None:
        """Start the next metric."""
        self._done += 1
        self.progress.move(self._bar, self._done, name)
        self._estimate(self._done)

    def tick(self, share: float) -> None:
        """Show the finished share of the metric."""
        self.progress.move(self._bar, self._done + share)
        self._estimate(self._done + share)

    def _estimate(self, done: float) -> None:
        """Print the remaining time once, after the first minute, if it is long."""
        elapsed = perf_counter() - self._started
        if self._is_estimated or elapsed < SOON or not done:
            return
        self._is_estimated = True
        left = seconds_left(done / self._metrics, elapsed, elapsed)
        if left > LONG:
            self._console.print(f"about {left / 60:.0f} minutes are left; {FEWER}")


# -- several processes ----------------------------------------------------------------------------


def _in_processes(
    measurements: Sequence[Measurement], subject: Subject, console: Console, count: int
) -> dict[str, MetricRecord]:
    """Measure in copies of this process, each of which takes the next metric when it is free."""
    context = multiprocessing.get_context("fork")
    taken = context.Value("i", 0)

    def work(folder: Path) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_DFL)  # the first process ends the copies
        while (place := _next(taken)) < len(measurements):
            one = measurements[place]
            record = one.record(subject)
            write_text(folder / one.name, record.model_dump_json())
            console.print(f"{one.name}: {record.outcome}")

    with TemporaryDirectory() as place, _one_thread():
        folder = Path(place)
        _run([context.Process(target=work, args=(folder,), daemon=True) for _ in range(count)])
        return {one.name: _read(folder / one.name) for one in measurements}


def _next(taken: Any) -> int:
    with taken.get_lock():
        taken.value += 1
        return int(taken.value) - 1


def _read(path: Path) -> MetricRecord:
    return MetricRecord.model_validate_json(path.read_bytes())


@contextmanager
def _one_thread() -> Iterator[None]:
    # The OpenMP of torch hangs in a copy that uses more than one thread.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _run(workers: Sequence[ForkProcess]) -> None:
    try:
        with warnings.catch_warnings():
            # Python warns of threads of libraries, which are idle here and restart in the copies.
            warnings.simplefilter("ignore", DeprecationWarning)
            for worker in workers:
                worker.start()
        for worker in workers:
            worker.join()
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    codes = [worker.exitcode for worker in workers if worker.exitcode]
    if codes:
        raise MmcoreError(
            f"{len(codes)} of {len(workers)} processes of the evaluation have failed, the first with exit"
            f" code {codes[0]}; if the memory was full, use fewer --processes",
            page="evaluation",
        )

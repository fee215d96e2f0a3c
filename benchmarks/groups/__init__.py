"""The groups of rows, one in each file."""

from collections.abc import Callable

from benchmarks.groups import (
    answers,
    data,
    end_to_end,
    evaluation,
    gpu,
    memory,
    methods,
    missing,
    modalities,
    processes,
    profile,
    small,
    startup,
    step,
)
from benchmarks.groups.scale import Scale
from benchmarks.harness.plan import Group

__all__ = ["GROUPS", "Scale"]

GROUPS: dict[str, Callable[[Scale], Group]] = {
    "step": step.group,
    "small": small.group,
    "end-to-end": end_to_end.group,
    "processes": processes.group,
    "data": data.group,
    "modalities": modalities.group,
    "methods": methods.group,
    "missing": missing.group,
    "answers": answers.group,
    "evaluation": evaluation.group,
    "startup": startup.group,
    "memory": memory.group,
    "profile": profile.group,
    "gpu": gpu.group,
}
"""Functions that return the groups, by name."""

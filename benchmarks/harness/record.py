"""The file of results, which has every turn; the page is computed from it alone."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.harness.rounds import Turns

__all__ = ["about_machine", "load", "read", "turns_of", "with_group", "write"]

KEPT = ("seconds", "cpu", "gib")


def read(path: Path) -> dict[str, Any]:
    """Return the results of a file, or none."""
    return json.loads(path.read_text()) if path.is_file() else {"groups": {}}


def write(path: Path, results: Mapping[str, Any]) -> None:
    """Write the results."""
    path.write_text(json.dumps(results, indent=1) + "\n")


def with_group(
    results: Mapping[str, Any],
    name: str,
    measured: Mapping[str, Turns],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the results with those of a group, which replace older ones."""
    cases = {label: _rounded(turns) for label, turns in measured.items()}
    return {**results, "groups": {**results["groups"], name: {**about, "cases": cases}}}


def turns_of(group: Mapping[str, Any]) -> dict[str, Turns]:
    """Return the turns of the cases of a group, by label."""
    return {label: Turns(**turns) for label, turns in group["cases"].items()}


def about_machine() -> dict[str, Any]:
    """Return the processor, the number of cores, the system, and the load."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "bfloat16": torch.cpu._is_avx512_bf16_supported(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "",
        "load": load(),
    }


def load() -> float:
    """Return the mean number of processes that were running or waiting in the last minute."""
    return round(os.getloadavg()[0], 1)


def _processor() -> str:
    """Return the name, family and model of the processor, where the system states them."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.is_file() else []
    fields = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    values = {key.strip(): value.strip() for key, value in fields.items()}
    if "model name" not in values:
        return platform.processor() or platform.machine()
    return f"{values['model name']} (family {values['cpu family']}, model {values['model']})"


def _rounded(turns: Turns) -> dict[str, Any]:
    kept = [
        {key: float(f"{reply[key]:.4g}") if key in KEPT else reply[key] for key in reply}
        for reply in turns.replies
    ]
    # A profile of one round is enough.
    last = [{k: v for k, v in reply.items() if k in KEPT} for reply in kept[:-1]] + kept[-1:]
    return asdict(Turns(last, turns.failure))

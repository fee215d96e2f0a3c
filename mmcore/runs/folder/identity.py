"""The identity of a run: hashes of the settings on which its weights depend."""

import json
from collections.abc import Mapping
from typing import Any

from mmcore.storage.files import digest

__all__ = ["identity"]

FREE = {
    "data": {"dir"},
    "training": {
        "steps",  # checked when a run is extended
        "accelerator",
        "checkpoint_every",
        "generation_prior",  # fitted to the weights
        "generation_prior_options",
        "log_every",
        "trackers",
        "tracker_options",
    },
}
"""By section, settings on which the weights after a number of steps do not depend."""


def identity(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the hash of each section of a configuration, and of the seed.

    Arguments:
        document: of ``config.yaml``, as it is in the file, so that another version, which has more settings,
            computes the same hashes.
    """
    data = document.get("data")
    sections = {name: document.get(name) for name in ("model", "data", "training", "seed")}
    if isinstance(data, Mapping) and isinstance(data.get("study"), Mapping):
        # Where the files are does not matter.
        sections["data"] = {**data, "study": {**data["study"], "base": None}}
    return {name: _hash(section, FREE.get(name, set())) for name, section in sections.items()}


def _hash(section: Any, free: set[str]) -> str:
    if isinstance(section, Mapping):
        section = {name: value for name, value in section.items() if name not in free}
    return digest([json.dumps(section, sort_keys=True, default=str)])

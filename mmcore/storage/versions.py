"""The format versions of run folders, checkpoints, models and fitted files, and how older versions are read.

A change of a format adds a function to its table and a fixture to ``tests/runs/formats``.
"""

from typing import Any

from mmcore.storage.schemas import Versions

__all__ = ["CHECKPOINT", "FITTED_FILE", "MODEL", "RUN", "STATE"]

Document = dict[str, Any]


def _model_2(document: Document) -> Document:
    """Format 2 has hashes, in a file beside the model."""
    return document


def _run_2(document: Document) -> Document:
    """Format 2 has a fingerprint of the data."""
    return {**document, "fingerprint": None, "accepted_changes": []}


def _checkpoint_2(document: Document) -> Document:
    """Format 1 has the hashes of the tensors in its state, and neither run nor data."""
    digests = document.get("sha256")
    files = {n: {"sha256": d} for n, d in digests.items()} if isinstance(digests, dict) else None
    return {"files": files, "run": None, "data": None}


def _state_2(document: Document) -> Document:
    """Format 2 has the state of the scaler of 16-mixed."""
    state = {name: value for name, value in document.items() if name != "sha256"}
    return {**state, "scaler": None}


MODEL = Versions({1: _model_2})
RUN = Versions({1: _run_2})
CHECKPOINT = Versions({1: _checkpoint_2})
STATE = Versions({1: _state_2})
FITTED_FILE = Versions({})

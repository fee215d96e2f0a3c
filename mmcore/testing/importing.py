"""Run as a program: import modules in a fresh process and print, as JSON, what that has changed."""

import contextlib
import io
import json
import logging
import os
import random
import sys
import tempfile
from importlib import import_module
from typing import Any

__all__: list[str] = []

HEAVY = ("matplotlib", "sklearn", "torch")
# These change the environment themselves, which no plug-in is to be blamed for.
LIBRARIES = ("numpy", "torch", "matplotlib", "sklearn", "sklearn.datasets")
# And this one torch's compiler sets when something first needs it, torchvision for one.
OF_LIBRARIES = "TORCHINDUCTOR_CACHE_DIR"


def main(light: list[str], heavy: list[str]) -> dict[str, list[str]]:
    """Return what heavy thing the light modules import, and what either change."""
    changed = _changed_by(light)
    loaded = [name for name in HEAVY if name in sys.modules]
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            import_module(name)
    return {"loaded": loaded, "changed": sorted({*changed, *_changed_by(heavy)})}


def _changed_by(modules: list[str]) -> list[str]:
    before, said = _state(), io.StringIO()
    with contextlib.redirect_stdout(said):
        for name in modules:
            import_module(name)
    after = _state()
    changed = [what for what in before if before[what] != after[what]]
    return changed + (["the screen"] if said.getvalue() else [])


def _state() -> dict[str, Any]:
    return {
        "the working directory": os.getcwd(),
        "the files in the working directory": os.listdir(),
        "the environment": {k: v for k, v in os.environ.items() if k != OF_LIBRARIES},
        "the path of imports": list(sys.path),
        "the handlers of the root logger": list(map(str, logging.getLogger().handlers)),
        "Python's random numbers": random.getstate(),
        **(_of_arrays() if "torch" in sys.modules else {}),
    }


def _of_arrays() -> dict[str, Any]:
    import numpy as np
    import torch

    return {
        "numpy's random numbers": str(np.random.get_state()),
        "torch's random numbers": torch.random.get_rng_state().tolist(),
        "torch's default type": torch.get_default_dtype(),
        "torch's gradient mode": torch.is_grad_enabled(),
        "torch's number of threads": torch.get_num_threads(),
    }


if __name__ == "__main__":
    os.chdir(tempfile.mkdtemp())
    print(json.dumps(main(*json.loads(sys.argv[1]))))

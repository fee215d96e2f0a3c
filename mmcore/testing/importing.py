"""Side effects of imports, measured in this process, in a fork, or in a new process."""

import contextlib
import io
import json
import logging
import multiprocessing
import os
import random
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["LIBRARIES", "changed_by", "changed_in_fork", "named_libraries"]

HEAVY = ("matplotlib", "sklearn", "torch")
LIBRARIES = ("numpy", "torch", "matplotlib", "sklearn", "sklearn.datasets")
"""Libraries that change the environment or random numbers themselves when they are imported."""
# Set by OpenMP, by Lightning, and by the compiler of torch, when scipy or torchvision is imported.
OF_LIBRARIES = (
    "KMP_DUPLICATE_LIB_OK",
    "KMP_INIT_AT_FORK",
    "PYTORCH_NVML_BASED_CUDA_CHECK",
    "TORCHINDUCTOR_CACHE_DIR",
)


def changed_by(modules: Iterable[str], libraries: Sequence[str] = LIBRARIES) -> list[str]:
    """Return what importing ``modules`` changes, after ``libraries`` have been imported.

    The working directory is an empty folder for that time, so that files of others are not counted.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name in libraries:
            with contextlib.suppress(ImportError):
                import_module(name)
        before, output = _state(), io.StringIO()
        with contextlib.redirect_stdout(output):
            for name in modules:
                import_module(name)
        after = _state()
    changed = [part for part in before if before[part] != after[part]]
    return changed + (["the screen"] if output.getvalue() else [])


def named_libraries(modules: Iterable[str]) -> list[str]:
    """Return those of `LIBRARIES` that the source code of the packages of ``modules`` names."""
    specs = [find_spec(name) for name in {name.partition(".")[0] for name in modules}]
    folders = [Path(f) for spec in specs if spec for f in spec.submodule_search_locations or ()]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return [name for name in LIBRARIES if name in text]


def changed_in_fork(light: Sequence[str], heavy: Sequence[str]) -> list[str]:
    """Return what importing ``heavy`` after ``light`` changes in a process that has the libraries alone.

    The libraries are imported once, by the server whose forks are these processes.
    """
    forks = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if forks else "spawn")
    context.set_forkserver_preload(list(LIBRARIES))
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_changed_after, light, heavy).result()


def main(light: list[str]) -> dict[str, list[str]]:
    """Return which heavy libraries the light modules import, and what they change."""
    changed = changed_by(light, ())
    return {"loaded": [name for name in HEAVY if name in sys.modules], "changed": changed}


def _changed_after(light: Sequence[str], heavy: Sequence[str]) -> list[str]:
    for name in light:
        import_module(name)
    return changed_by(heavy)


def _state() -> dict[str, Any]:
    return {
        "the working directory": os.getcwd(),
        "the files in the working directory": os.listdir(),
        "the environment": {k: v for k, v in os.environ.items() if k not in OF_LIBRARIES},
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
    print(json.dumps(main(json.loads(sys.argv[1]))))

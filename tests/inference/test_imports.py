"""What inference imports: torch, and nothing that reads files, fits, draws or trains."""

import subprocess
import sys

HEAVY = ("pandas", "pyarrow", "sklearn", "scipy", "matplotlib", "lightning_fabric", "tensorboard")
ROOMS = ("mmcore.data.tables", "mmcore.metrics", "mmcore.runs", "mmcore.training")


def imported(module):
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_inference_imports_no_format_no_fitting_no_drawing_and_no_engine():
    assert not imported("mmcore.inference") & {*HEAVY, *ROOMS}


def test_a_training_imports_no_format_and_neither_scikit_learn_nor_matplotlib_before_its_end():
    heavy = {"sklearn", "matplotlib", "pandas", "pyarrow", "scipy"}
    assert not imported("mmcore.runs.training.job") & heavy

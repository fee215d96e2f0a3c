"""Prediction imports no library of training and evaluation."""

import subprocess
import sys

import pytest

ABSENT = ("sklearn", "matplotlib", "lightning", "lightning_fabric", "tensorboard", "scipy")
MODULES = (
    "mmcore.runs.run",
    "mmcore.runs.prediction",
    "mmcore.runs.prediction.imputation",
    "mmcore.runs.prediction.embedding",
    "mmcore.runs.prediction.scoring",
    "mmcore.data.tables.check",
)


@pytest.mark.slow
def test_prediction_imports_no_library_of_training_and_evaluation():
    code = (
        f"import sys\nimport {', '.join(MODULES)}\n"
        f"absent = {ABSENT!r} + ('mmcore.training', 'mmcore.metrics')\n"
        "print(*(name for name in absent if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []

"""Completion of the values of mmcore train in the shell."""

import os
import subprocess
import sys

import pytest

from mmcore.cli.completion import components, fixed, several
from mmcore.config import TrainingConfig
from mmcore.plugins import Catalogue


def test_names_of_components_are_completed():
    assert components("method")("mmva") == ["mmvae", "mmvaeplus"]
    assert components("optimizer")("") == Catalogue.discover().listing("optimizer")


@pytest.mark.parametrize(
    ("begun", "ends"),
    [
        ("mn", ["mnist"]),
        ("mnist,sv", ["mnist,svhn"]),
        ("mnist,mn", []),
        ("left=mnist,right=mn", ["left=mnist,right=mnist"]),
        ("nothing", []),
    ],
)
def test_the_last_of_several_names_is_completed(begun, ends):
    assert several("modality")(begun) == ends


def test_choices_are_those_of_the_configuration():
    for choice in fixed("TrainingConfig", "precision")(""):
        TrainingConfig(precision=choice)
    assert fixed("TrainingConfig", "accelerator")("c") == ["cpu", "cuda"]
    assert fixed("DataConfig", "mode")("s") == ["sample"]


def test_the_shell_receives_names_without_an_import_of_torch():
    code = (
        "import sys\n"
        "from mmcore.cli.main import run\n"
        "try:\n"
        "    sys.argv = ['mmcore']; run()\n"
        "finally:\n"
        "    print([name for name in ('torch', 'pandas') if name in sys.modules])\n"
    )
    variables = {"_MMCORE_COMPLETE": "complete_bash", "COMP_CWORD": "3"}
    words = {"COMP_WORDS": "mmcore train --method mmj"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **variables, **words},
        check=False,
    )
    assert done.stdout.split("\n")[:2] == ["mmjsd", "[]"], done.stderr

"""Imports, and commands that need no torch."""

from benchmarks.groups.scale import Scale
from benchmarks.harness.plan import Case, Comparison, Group

IMPORTS = {
    "import torch": ("mmcore", "torch"),
    "import mmcore": ("mmcore", "mmcore"),
    "import of what a training needs": (
        "mmcore",
        "mmcore, mmcore.training.engine, mmcore.training.loop",
    ),
    "MultiVae: import of the models": ("MultiVae", "multivae.models"),
    "multi-view-AE: import of the models": ("multi-view-AE", "multiviewae.models"),
}
COMMANDS = {
    "mmcore --help": ["--help"],
    "mmcore train --help": ["train", "--help"],
    "mmcore plugins list": ["plugins", "list"],
    "mmcore components list": ["components", "list"],
    "mmcore components schema mmjsd": ["components", "schema", "mmjsd"],
    "mmcore --version --all": ["--version", "--all"],
    "mmcore train with a wrong name": ["train", "--modalities", "mnits"],
}
PROGRAM = "import sys; from mmcore.cli.main import run; sys.argv = ['mmcore']; run()"
"""The program ``mmcore``: its completion depends on the name with which it is started."""
COMPLETION = {
    "_MMCORE_COMPLETE": "complete_bash",
    "COMP_WORDS": "mmcore plu",
    "COMP_CWORD": "1",
}


def group(scale: Scale) -> Group:
    """Return the group ``startup``."""
    return Group(
        name="startup",
        title="Start of the program",
        about="New processes with a warm file cache, one thread. CPU time depends less on other load than"
        " wall time.",
        cases=(
            *(
                _case(label, side, "-c", f"import {names}")
                for label, (side, names) in IMPORTS.items()
            ),
            *(_case(label, "mmcore", "-m", "mmcore", *words) for label, words in COMMANDS.items()),
            Case(
                "mmcore, completion of a word",
                "mmcore",
                "command",
                {"arguments": ["-c", PROGRAM], "environment": COMPLETION},
                units=1,
                unit="commands",
            ),
        ),
        comparisons=(
            _cpu("mmcore --help"),
            _cpu("import mmcore"),
            *(
                Comparison(
                    f"CPU time of {label} / import of what a training needs",
                    label,
                    "import of what a training needs",
                    "time",
                    "cpu",
                )
                for label in list(IMPORTS)[3:]
            ),
        ),
        most_rounds=2,
    )


def _case(label: str, side: str, *arguments: str) -> Case:
    # A wrong name is refused with exit code 2.
    options = {"arguments": list(arguments), "codes": [0, 2]}
    return Case(label, side, "command", options, unit="commands")


def _cpu(label: str) -> Comparison:
    return Comparison(f"{label}, CPU seconds", label, kind="absolute", quantity="cpu")

"""The commands of the report, as a shell reads them."""

import subprocess

import pytest

from mmcore.config import EvaluationSettings
from mmcore.reporting.commands import reproduction
from mmcore.reporting.record import EvaluationRecord, MetricRecord

NAMES = ("run", "my run", "it's $HOME", "a;b", "x`id`", "-run")


@pytest.mark.parametrize("name", NAMES)
def test_a_shell_reads_each_argument_as_it_was_given(name):
    settings = EvaluationSettings(
        subsets=("a b", "it's+$x"), options={"m": {"list": ["a", "b c"], "number": 3}}
    )
    record = EvaluationRecord(
        mmcore="0",
        run=name,
        method="mmjsd",
        modalities=("a b", "it's", "$x"),
        data="real",
        data_items={},
        model_sha256="",
        settings=settings,
        metrics={"m": MetricRecord(digest="", seconds=0, tables=())},
    )
    train, evaluate = (words(line) for line in reproduction(record))
    again = f"./{name}-again" if name.startswith("-") else f"{name}-again"
    config = f"./{name}/config.yaml" if name.startswith("-") else f"{name}/config.yaml"
    assert train == ["mmcore", "train", "--config", config, "--out", again]
    assert evaluate[:3] == ["mmcore", "evaluate", again]
    assert "--subsets=a b,it's+$x" in evaluate
    assert '--set=m.list=["a", "b c"]' in evaluate
    assert "--set=m.number=3" in evaluate


def words(line):
    """Return the arguments of a command in a shell."""
    printed = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {line}"], check=True, capture_output=True, text=True
    )
    return printed.stdout.splitlines()

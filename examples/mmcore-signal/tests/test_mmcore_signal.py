"""The conformance kit, and twenty steps of training on synthetic data."""

import math
from collections.abc import Callable
from pathlib import Path

import mmcore
from mmcore.testing import parametrize_checks


@parametrize_checks("modality", "signal")
def test_conforms(check: Callable[[], None]) -> None:
    check()


def test_trains_twenty_steps(tmp_path: Path) -> None:
    result = mmcore.train("signal", data="sample", steps=20, out=tmp_path / "run")
    assert math.isfinite(result.summary["last_metrics"]["loss"])

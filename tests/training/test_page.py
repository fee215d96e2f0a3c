"""The code and the tables of docs/training.md."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from torch import nn

from mmcore.config import TrainingConfig
from mmcore.plugins.builtin import mmcore_components
from mmcore.training.trackers import Report

PAGE = Path(__file__).parents[2] / "docs" / "training.md"


@pytest.fixture(scope="module")
def names(blocks):
    scope = {}
    for block in blocks(PAGE):
        if not block.is_shell:
            exec(compile(block.text, "training.md", "exec"), scope)
    return scope


def test_the_tracker_works(names, capsys, tmp_path):
    tracker = names["PrintTracker"](SimpleNamespace(digits=1), None)
    tracker.start(tmp_path, None, 0)
    tracker.log(Report(5, 1.0, {"loss": 2.25}, 1.0))
    assert capsys.readouterr().out == f"{tmp_path} starts\nstep 5: loss 2.2\n"


def test_the_optimizer_works(names):
    update = names["SgdBuilder"](SimpleNamespace(momentum=0.5), None).build(
        nn.Linear(2, 1).named_parameters(), TrainingConfig(steps=10)
    )
    assert update.optimizer.param_groups[0]["lr"] == TrainingConfig().learning_rate
    update.optimizer.step()
    update.schedule.step()


def test_the_components_are_valid(names):
    assert [spec.kind for spec in names["mmcore_components"]()] == ["tracker", "optimizer"]


def test_the_settings_are_all_described():
    text = PAGE.read_text()
    table = text[text.index("| setting ") : text.index("## Optimizer")]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    described = {name for cell in first for name in re.findall(r"`(\w+)`", cell)}
    assert described == set(TrainingConfig.model_fields)


def test_the_configuration_is_valid():
    [text] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    config = TrainingConfig.model_validate(yaml.safe_load(text)["training"])
    assert config.accumulate == 2


def test_the_trackers_are_all_described():
    text = PAGE.read_text()
    table = text[text.index("| tracker ") : text.index("`--trackers")]
    described = set(
        re.findall(r"`(\w+)`", "".join(r.split("|")[1] for r in table.splitlines() if r))
    )
    assert described == {spec.name for spec in mmcore_components() if spec.kind == "tracker"}

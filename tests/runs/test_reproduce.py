import shlex
from dataclasses import replace
from itertools import pairwise

import pytest
import support.experiments
import torch
from filelock import FileLock
from safetensors.torch import load_file

import mmcore.runs.evaluation.reproduce as module
from mmcore.cli.parsing import options
from mmcore.config import EvaluationSettings
from mmcore.errors import MmcoreError
from mmcore.plugins import ComponentSpec
from mmcore.reporting.record import read_record
from mmcore.runs.evaluation.reproduce import Plan, reproduce
from mmcore.testing import catalogue_of
from mmcore.training.step import TrainStep

FAST = EvaluationSettings(rows=60, options={"representation": {"probe_rows": 600}})
CHOICES = {"data": "sample", "precision": "32-true", "accelerator": "cpu", "checkpoint_every": 2}


@pytest.fixture
def catalogue():
    return catalogue_of(
        ComponentSpec(
            kind="modality",
            name="vector",
            factory="mmcore.testing.linear_gaussian:LinearGaussian",
            settings="mmcore.testing.linear_gaussian:LinearGaussianSettings",
            dataset="mmcore.testing.vectors:VectorData",
        ),
        ComponentSpec(
            kind="experiment", name="tiny", factory="support.experiments:tiny_experiment"
        ),
    )


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    return Plan("tiny", tmp_path / "out", budget=0.05, choices=CHOICES, settings=FAST)


@pytest.fixture
def carried_out(catalogue, quiet):
    """Return a function that carries out a plan and returns the page."""
    return lambda plan: reproduce(plan, catalogue=catalogue, console=quiet).read_text()


def cells(page):
    """Return the rows of Markdown tables by their first cell, the first of each."""
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in reversed(rows)}


def test_models_are_trained_measured_and_shown_beside_the_published_numbers(plan, carried_out):
    choices = {**CHOICES, "relative_clip": None, "style_weights": {"a": 0.5, "b": 1.0}}
    page = carried_out(replace(plan, subspaces="without", choices=choices))
    words = shlex.split(next(line for line in page.splitlines() if "mmcore reproduce" in line))
    assigned = [value for option, value in pairwise(words) if option == "--set"]
    assert options(assigned, None) == {n: v for n, v in choices.items() if n != "data"}
    assert sorted(p.name for p in plan.out.iterdir() if not p.name.startswith(".")) == [
        "RESULTS.md",
        "mmjsd-seed-0",
        "mvae-seed-0",
    ]
    shown = [cell.strip("*") for cell in cells(page.split("### representation")[1])["left"]]
    for place, model in ((0, "mvae"), (2, "mmjsd")):
        record = read_record(plan.out / f"{model}-seed-0" / "evaluation.json")
        value = record.metrics["representation"].tables[0].rows["a"][0]
        assert shown[place] == f"{value:.3f}".replace("0.", ".")
    assert (shown[1], shown[3]) == (".50", ".90")
    assert "embedded sample" in page
    assert "Not finished yet" in page
    assert "mvae-ms, mmjsd-ms" in page
    # a twentieth of 1,000 samples, 10 a step
    assert cells(page)["mvae"][1:4] == ["5", "50", "5.00%"]


def test_what_is_finished_is_neither_trained_nor_measured_again(plan, carried_out, monkeypatch):
    first = carried_out(replace(plan, methods=["mvae"]))
    for name in ("run", "resume"):
        monkeypatch.setattr(module, name, lambda *_, **__: pytest.fail("trained again"))
    before = read_record(plan.out / "mvae-seed-0" / "evaluation.json")
    assert carried_out(replace(plan, methods=["mvae"])) == first
    assert read_record(plan.out / "mvae-seed-0" / "evaluation.json") == before


@pytest.mark.slow
def test_a_method_that_the_experiment_does_not_list_is_trained_with_its_other_settings(
    plan, carried_out, monkeypatch
):
    with pytest.raises(MmcoreError, match="has no method 'mopoe'"):
        carried_out(replace(plan, methods=["mopoe"]))
    tiny = support.experiments.tiny_experiment().model_copy(
        update={"others": {"style_dim": 0}, "options": {"representation": {"probe_rows": 7}}}
    )
    monkeypatch.setattr(support.experiments, "tiny_experiment", lambda *_: tiny)
    with pytest.raises(MmcoreError, match=r"unknown method 'mopoo'.*did you mean 'mopoe'"):
        carried_out(replace(plan, methods=["mopoo"]))
    page = carried_out(replace(plan, methods=["mopoe"]))
    assert [p.name for p in plan.out.glob("[!.]*-seed-*")] == ["mopoe-seed-0"]
    assert "| mopoe" in page.split("### representation")[1]
    # Options of the user override those of the experiment.
    record = read_record(plan.out / "mopoe-seed-0" / "evaluation.json")
    assert record.settings.options == FAST.options
    # It stays on the page when another method is added.
    assert "| mopoe" in carried_out(replace(plan, methods=["mvae"], subspaces="without"))


def test_a_killed_training_goes_on_to_the_same_weights(plan, carried_out, monkeypatch, tmp_path):
    one = replace(plan, methods=["mvae"], subspaces="with")
    carried_out(replace(one, out=tmp_path / "whole"))
    forward = TrainStep.forward

    def killed(self, *arguments):
        if arguments[5] == 3:
            raise KeyboardInterrupt
        return forward(self, *arguments)

    monkeypatch.setattr(TrainStep, "forward", killed)
    with pytest.raises(KeyboardInterrupt):
        carried_out(one)
    assert "Not finished yet" in (plan.out / "RESULTS.md").read_text()
    monkeypatch.setattr(TrainStep, "forward", forward)
    monkeypatch.setattr(module, "run", lambda *_, **__: pytest.fail("started anew"))
    carried_out(one)
    whole, resumed = (
        load_file(out / "mvae-ms-seed-0" / "model" / "model.safetensors")
        for out in (tmp_path / "whole", plan.out)
    )
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_model_that_another_process_is_at_is_left_to_it(plan, carried_out):
    plan.out.mkdir()
    with FileLock(plan.out / ".mvae-seed-0.lock"):
        page = carried_out(replace(plan, subspaces="without"))
    assert not (plan.out / "mvae-seed-0").exists()
    assert (plan.out / "mmjsd-seed-0" / "evaluation.json").is_file()
    assert 'Not finished yet, and shown as "-": mvae,' in page


@pytest.mark.slow
def test_several_seeds_are_a_mean_with_a_spread(plan, carried_out):
    page = carried_out(replace(plan, methods=["mvae"], subspaces="without", seeds=(0, 1)))
    assert " ± " in cells(page.split("### representation")[1])["left"][0]
    assert "one training of each" not in page
    assert "--seeds 0,1" in page


def test_runs_of_another_budget_are_refused_and_not_shown(plan, carried_out):
    carried_out(replace(plan, methods=["mvae"], subspaces="without"))
    with pytest.raises(MmcoreError, match=r"other settings: steps is 5, not 10; choose another"):
        carried_out(replace(plan, methods=["mvae"], budget=0.1))
    page = carried_out(replace(plan, methods=["mmjsd"], subspaces="without", budget=0.1))
    assert "'mvae-seed-0' is left out: steps is 5, not 10" in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "tinny"}, "unknown experiment 'tinny'.*did you mean 'tiny'"),
        ({"methods": ["mmjds"]}, "has no method 'mmjds'.*did you mean 'mmjsd'"),
        ({"subspaces": "wihout"}, "did you mean 'without'"),
        ({"budget": 0.0}, "--budget is 0, expected a share"),
        ({"seeds": ()}, "--seeds is empty"),
        ({"choices": {"betta": 1}}, "no option 'betta'.*did you mean 'beta'"),
    ],
)
def test_wrong_names_and_values_are_one_sentence_and_write_nothing(
    plan, carried_out, change, message
):
    with pytest.raises(MmcoreError, match=message):
        carried_out(replace(plan, **change))
    assert not plan.out.exists()

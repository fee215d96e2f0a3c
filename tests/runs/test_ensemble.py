"""Ensembles: a run of runs, whose pooled draws have the spread between the members."""

import io
from dataclasses import replace

import pytest
import torch
from support.runs import config, same, vector_catalogue, weights, without_summary

from mmcore import Noise
from mmcore.errors import MmcoreError
from mmcore.inference.prediction.pooling import pooled_draws
from mmcore.inference.prediction.predictive import pooled_predictive
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.members import open_members
from mmcore.runs.run import Run
from mmcore.runs.training.ensemble import begin_ensemble, train_members
from mmcore.runs.training.job import TrainingJob
from mmcore.terminal.printing import Console

QUIET = Console(file=io.StringIO(), width=200)


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory):
    """Two runs, of which the second was interrupted before its first step."""
    folder, catalogue = RunFolder(tmp_path_factory.mktemp("runs") / "both"), vector_catalogue()
    with without_summary():
        begin_ensemble(folder, config(), 2)
        start, trained = TrainingJob.start, []

        def once(job):
            if trained:
                raise KeyboardInterrupt
            trained.append(job)
            return start(job)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(TrainingJob, "start", once)
            with pytest.raises(KeyboardInterrupt):
                train_members(folder, catalogue, QUIET)
        with pytest.raises(MmcoreError, match=r"1 of the 2 runs .* mmcore train --resume"):
            open_members(folder.path, catalogue)
        train_members(folder, catalogue, QUIET)
    return folder, catalogue


def test_members_differ_in_the_seed_and_share_the_data(ensemble):
    folder, catalogue = ensemble
    first, second = open_members(folder.path, catalogue)
    assert [run.config.seed for run in (first, second)] == [3, 4]
    assert not same(weights(first.folder), weights(second.folder))
    values = [
        run.data().test.fetch(torch.arange(4), Noise(4)).values["a"] for run in (first, second)
    ]
    assert torch.equal(*values)
    assert first.config.data_seed == second.config.data_seed == 3


def test_the_folder_is_no_run_and_is_not_trained_twice(ensemble):
    folder, catalogue = ensemble
    with pytest.raises(MmcoreError, match="holds an ensemble, which mmcore impute takes"):
        Run.open(folder.path, catalogue)
    with pytest.raises(MmcoreError, match="is finished: it has 2 runs"):
        train_members(folder, catalogue, QUIET)
    with pytest.raises(MmcoreError, match="already holds an ensemble"):
        begin_ensemble(folder, config(), 2)
    with pytest.raises(MmcoreError, match="an ensemble of 1 is none"):
        begin_ensemble(RunFolder(folder.path / "other"), config(), 1)


def test_the_spread_over_members_is_in_the_pooled_interval(ensemble):
    folder, catalogue = ensemble
    models = [run.model for run in open_members(folder.path, catalogue)]
    batch = open_members(folder.path, catalogue)[0].data().test.fetch(torch.arange(50), Noise(50))
    with torch.no_grad():
        models[1].codec["b"].offset.add_(5.0)  # the members disagree
    encodings = [model.codec.encode(batch).restrict(["a"]) for model in models]
    noise = Noise(50)
    drawn = pooled_draws(models, encodings, "generation", 199, noise)
    assert [len(member.latents.content) for member in drawn.members] == [100, 99]
    both = pooled_predictive(drawn, "b", 0.8, noise)
    alone = [
        pooled_predictive(replace(drawn, members=(member,)), "b", 0.8, noise)
        for member in drawn.members
    ]
    middle = (alone[0].value * 100 + alone[1].value * 99) / 199
    assert both.value.numpy() == pytest.approx(middle.numpy(), abs=1e-4)
    assert bool((both.high - both.low > alone[0].high - alone[0].low + 2).all())

"""A study in several files that are larger than memory: it resumes exactly, and on two processes."""

import numpy as np
import pandas as pd
import pytest
import torch
from support.processes import as_torchrun_does
from support.runs import same, weights

from mmcore.config.study import StudyConfig
from mmcore.data.tables import fit_study
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training import job
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume

pytestmark = pytest.mark.usefixtures("unsummarized")
ROWS, FILES = 90, 3


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """The configuration of a study whose values are in a file of the cache, and read in blocks of 2."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("mmcore_table.reader.IN_MEMORY", 0)
    monkeypatch.setattr("mmcore.runs.training.setup.BLOCK", 2 * 4 * 6)
    monkeypatch.setattr("mmcore.runs.training.setup.MIXED", 8)
    (tmp_path / "visits").mkdir()
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(ROWS, 6)), columns=[*"abcdef"])
    frame = frame.mask(frame > 1).assign(id=[f"p{n * 7 % ROWS:02d}" for n in range(ROWS)])
    for number in range(FILES):
        part = frame[number * ROWS // FILES : (number + 1) * ROWS // FILES]
        part.to_parquet(tmp_path / "visits" / f"{number}.parquet", index=False)
    kind = {"kind": "table", "file": "visits", "width": 8, "dropout": 0.0, "hide": 0.0}
    training = {"steps": 8, "batch_size": 16, "order": "blocks", "checkpoint_every": 1}
    exact = {"precision": "64-true", "accelerator": "cpu", "generation_prior": "standard"}
    document = {
        "modalities": {"left": kind | {"columns": [*"abc"]}, "right": kind | {"columns": [*"def"]}},
        "training": training | exact,
        "model": {"content_dim": 2},
    }
    study = StudyConfig.model_validate(document)
    return fit_study(study, tmp_path, Catalogue.discover()).config


def trained(config, folder):
    return run(config, RunFolder(folder), catalogue=Catalogue.discover())


class Stop(Exception):
    pass


def test_files_that_are_larger_than_memory_train_as_one_process_without_interruption(
    planned, tmp_path, monkeypatch
):
    assert planned.training.order == "blocks"
    trained(planned, tmp_path / "whole")
    wanted = weights(tmp_path / "whole")

    as_torchrun_does(trained, planned, tmp_path / "two")
    two = weights(tmp_path / "two")
    for name, value in wanted.items():
        torch.testing.assert_close(
            two[name], value, rtol=1e-5, atol=1e-7, msg=lambda m, name=name: f"{name}: {m}"
        )
    assert not same(two, {name: torch.zeros_like(value) for name, value in wanted.items()})

    save = job.save_checkpoint

    def stops(*arguments):
        save(*arguments)
        if arguments[2].step == 3:
            raise Stop

    monkeypatch.setattr(job, "save_checkpoint", stops)
    with pytest.raises(Stop):
        trained(planned, tmp_path / "cut")
    monkeypatch.setattr(job, "save_checkpoint", save)
    resume(tmp_path / "cut")
    assert same(weights(tmp_path / "cut"), wanted)

    other = planned.model_copy(
        update={"training": planned.training.model_copy(update={"order": "random"})}
    )
    trained(other, tmp_path / "other")
    assert not same(weights(tmp_path / "other"), wanted)

"""Tuning: cross-validation over training records, resumption, and the study that it writes."""

import signal
import sys
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from support.processes import Child

from mmcore.cli.main import run
from mmcore.cli.training import start
from mmcore.data.tables.fit import fit_study
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import read_config_or_study
from mmcore.runs.run import Run
from mmcore.terminal.printing import Console
from mmcore.tuning import folds
from mmcore.tuning.journal import finished, journal
from mmcore.tuning.plan import TuningPlan
from mmcore.tuning.trials import Trials
from mmcore.tuning.tune import tune

ROWS = 40
TRAINING = {"steps": 2, "batch_size": 16, "precision": "32-true", "accelerator": "cpu"}


def write_study(folder, **changes):
    """Write a study of two tables, in which two visits of a patient follow each other."""
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    for name, width in {"a": 2, "b": 5}.items():
        frame = pd.DataFrame(random.normal(size=(ROWS, width))).add_prefix("x")
        frame.insert(0, "id", [f"p{n:02d}" for n in range(ROWS)])
        frame.insert(1, "patient", [f"q{n // 2}" for n in range(ROWS)])
        frame.to_csv(folder / f"{name}.csv", index=False)
    modalities = {
        name: {"kind": "table", "file": f"{name}.csv", "columns": "x*"} for name in ("a", "b")
    }
    document = {"modalities": modalities, "training": TRAINING, **changes}
    (folder / "study.yaml").write_text(yaml.safe_dump(document))
    return folder / "study.yaml"


@pytest.fixture
def plan(tmp_path):
    """Return a function that returns a plan for a small study."""
    file = write_study(tmp_path / "study")

    def build(out="tuned", **changes):
        given = {"file": file, "methods": ("mmjsd",), "folds": 2, "trials": 3, **changes}
        return TuningPlan(out=tmp_path / out, **given)

    return build


def outcomes(plan):
    return [(t.params, t.value) for t in journal(plan.out).get_trials() if t.value is not None]


def test_the_error_does_not_depend_on_test_records(plan):
    before = Trials.open(plan())
    values = before.spaces["mmjsd"].defaults
    study = before._filled(before.spaces["mmjsd"], {n.split(".")[1]: v for n, v in values.items()})
    held = set().union(*(split.test_ids for split in before.folds.splits))
    error, base = before.folds.error(study, 0), before.plan.file.parent
    for name in ("a", "b"):
        frame = pd.read_csv(base / f"{name}.csv")
        columns = [c for c in frame if c.startswith("x")]
        frame.loc[~frame["id"].isin(held), columns] *= 1e6
        frame.to_csv(base / f"{name}.csv", index=False)
    after = Trials.open(plan())
    assert 0 < len(held) < ROWS
    assert after.folds.error(study, 0) == error


def test_folds_are_a_partition_and_keep_patients_together(tmp_path):
    split = {"test": 0.2, "by": "patient"}
    file = write_study(tmp_path / "study", split=split)
    plan = TuningPlan(file, tmp_path / "tuned", methods=("mmjsd",))
    folds = Trials.open(plan).folds.splits
    ids = [list(split.test_ids) for split in folds]
    every = [one for held in ids for one in held]
    assert sorted(every) == sorted({*folds[0].train_ids, *folds[0].test_ids})
    for split, held in zip(folds, ids, strict=True):
        assert not {*held} & {*split.train_ids}
        patients = [{int(i[1:]) // 2 for i in side} for side in (held, split.train_ids)]
        assert not patients[0] & patients[1]


def test_a_tuning_that_continues_has_the_trials_of_one_without_a_stop(plan):
    console = Console(quiet=True)
    first = tune(plan(trials=1), console)
    # A process that was killed leaves a trial behind, which does not count.
    journal(plan().out).ask()
    results, whole = tune(plan(), console), tune(plan("whole"), console)
    assert len(first.table) == 1
    assert outcomes(plan()) == outcomes(plan("whole"))
    assert list(results.table["state"]) == ["complete"] * 3 + ["fail"]
    assert results.table["error"][0] == min(whole.table["error"])
    with pytest.raises(MmcoreError, match="has the trials of another seed"):
        tune(plan(seed=1), console)


@pytest.mark.slow
def test_the_study_with_the_best_settings_is_trained_with_them(plan, tmp_path, monkeypatch):
    results = tune(plan(trials=2, methods=()), Console(quiet=True))
    monkeypatch.chdir(tmp_path)  # paths do not depend on the folder of the command
    with pytest.raises(MmcoreError, match=r"base '\.\./study' .* add --allow-outside"):
        read_config_or_study(results.study)
    study = read_config_or_study(results.study, allow_outside=True)
    trained = fit_study(study, results.study.parent, Catalogue.discover()).config
    best = finished(journal(plan().out))[0].params
    assert trained.model.method == best["method"]
    assert trained.model.content_dim == best[f"{best['method']}.content_dim"]
    assert trained.training.learning_rate == pytest.approx(
        best[f"{best['method']}.learning_rate"], rel=1e-2
    )
    assert "generation_prior" not in study.training


def test_a_trial_reads_no_more_than_the_command_allows_and_fits_no_prior(tmp_path):
    file = write_study(tmp_path / "study", allow_outside=True)
    for allowed in (False, True):
        plan = TuningPlan(file, tmp_path / "tuned", methods=("mmjsd",), allow_outside=allowed)
        trials = Trials.open(plan)
        space = trials.spaces["mmjsd"]
        study = trials._filled(space, {name: own.default for name, own in space.ranges.items()})
        assert study.allow_outside is allowed
        assert study.training["generation_prior"] == "standard"


def test_the_error_is_the_mean_over_the_modalities(monkeypatch):
    def held_out_result(rmse, share):
        return SimpleNamespace(errors=SimpleNamespace(rmse=lambda: rmse, share=lambda: share))

    results = {
        "numbers": held_out_result(4.0, None),
        "both": held_out_result(1.0, 0.5),
        "none": held_out_result(None, None),
    }
    monkeypatch.setattr(folds, "encoded", lambda *_: SimpleNamespace(encoding=None, noise=None))
    monkeypatch.setattr(folds, "observed_results", lambda *_: results)
    model = SimpleNamespace(codec=None, generation=None)
    trained = SimpleNamespace(model=model, data=SimpleNamespace(test=range(3)))
    assert folds.imputation_error(trained, seed=0) == (4.0 + (1.0 + 0.5) / 2) / 2
    del results["numbers"], results["both"]
    with pytest.raises(MmcoreError, match="no held-out record has two modalities"):
        folds.imputation_error(trained, seed=0)


def test_settings_of_the_study_are_not_tuned(tmp_path):
    changes = {"model": {"content_dim": 3}, "training": {**TRAINING, "learning_rate": 0.01}}
    file = write_study(tmp_path / "study", **changes)
    plan = TuningPlan(file, tmp_path / "tuned", methods=("mmjsd",))
    space = Trials.open(plan).spaces["mmjsd"]
    assert set(space.ranges) == {"width", "dropout", "balance"}
    filled = space.filled(
        changes | {"modalities": {"a": {}, "b": {}}}, dict.fromkeys(space.ranges, 1)
    )
    assert filled["model"]["content_dim"] == 3
    assert filled["training"]["learning_rate"] == 0.01
    # A width beside 1, and 5 columns beside 2: the weights are ratios to the power of the balance.
    assert filled["model"]["options"]["likelihood_weights"] == {"a": 2.5, "b": 1.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"minutes": 0}, "--minutes is 0, expected a number above 0"),
        ({"folds": 1}, "--folds is 1, expected at least 2"),
        ({"folds": 30}, "30 folds need 60 training records"),
        ({"methods": ("mmjs",)}, "did you mean 'mmjsd'"),
        ({"out": "study"}, "has no trials of mmcore tune; choose a new folder"),
    ],
)
def test_errors_are_sentences(plan, changes, message):
    with pytest.raises(MmcoreError, match=message):
        tune(plan(**changes), Console(quiet=True))


def test_a_missing_package_is_named_with_its_extra(plan, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MmcoreError, match=r"package optuna.* pip install 'mmcore\[tune\]'"):
        tune(plan(), Console(quiet=True))
    assert not plan().out.exists()


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_an_interrupt_leaves_a_folder_that_continues(plan, tmp_path, processes):
    endless = plan(trials=None, processes=processes, minutes=1)

    def call():
        sys.argv = endless.words
        run()

    child, table = Child.calling(call, output=tmp_path / "output.txt"), tmp_path / "output.txt"
    begun = endless.out / "tuning.json"
    while child.is_running() and not (begun.exists() and len(outcomes(endless)) > 1):
        time.sleep(0.2)
    child.send(signal.SIGINT)
    assert child.wait() == 130, table.read_text()
    message = table.read_text().splitlines()[-2:]
    assert message[0] == "ended by SIGINT; continue with"
    assert message[1].startswith(f"mmcore tune {endless.file} --out {endless.out}")
    ended = len(outcomes(endless))
    assert (endless.out / "study.yaml").exists()
    tune(plan(trials=ended + 1, processes=processes), Console(quiet=True))
    assert len(outcomes(endless)) == ended + 1
    start({}, endless.out / "study.yaml", {"data_dir": None}, tmp_path / "run", True, None)
    assert Run.open(tmp_path / "run").config.model.method == "mmjsd"

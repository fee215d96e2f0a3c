"""Swapped samples and planted cells are found, and records as usual are not."""

from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest
import torch
from torch.distributions import Normal

from mmcore.config import (
    DataConfig,
    EvaluationSettings,
    ModalityConfig,
    ModelConfig,
    RunConfig,
)
from mmcore.config.base import Frozen
from mmcore.config.predict import ScoreSettings
from mmcore.config.study import StudyConfig
from mmcore.data import open_data
from mmcore.errors import MmcoreError
from mmcore.metrics import Subject
from mmcore.modality import Modality
from mmcore.model import Model
from mmcore.runs.prediction import unusual
from mmcore.runs.prediction.query import Query
from mmcore.runs.prediction.scoring import Reference, score
from mmcore.runs.prediction.unusual import disagreements, unusual_cells
from mmcore.runs.prediction.unusual_metric import UnusualMetric
from mmcore.testing import LinearGaussian

ROWS = 200
SWAPPED = (3, 50, 77, 120, 199)
SETTINGS = {"features": 4, "scale": 0.15, "encoder": "likelihood"}
NAMES = ("m0", "m1", "m2")


def drawn(model):
    """Return draws of all modalities of a model, which depend on one another strongly."""
    generator = torch.Generator().manual_seed(0)
    content = torch.randn(ROWS, 2, generator=generator)
    values = {}
    for name in NAMES:
        own = model.codec[name]
        latent = torch.cat([content, torch.randn(ROWS, 1, generator=generator)], 1)
        noise = torch.randn(ROWS, 4, generator=generator)
        values[name] = (latent @ own.loading.T + own.offset + own.scale * noise).detach().numpy()
    return values


@pytest.fixture
def study(tmp_path, vectors, monkeypatch):
    """Return a function from changed values to a query over the study, with an exact model."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MMCORE_DATA", raising=False)
    modalities = {
        n: ModalityConfig(kind="vector", settings={**SETTINGS, "seed": k})
        for k, n in enumerate(NAMES)
    }
    config = ModelConfig(modalities=modalities, content_dim=2, style_dim=1, method="mvae")
    model = Model.from_config(config, catalogue=vectors).eval()

    def build(change):
        values = drawn(model)
        change(values)
        for name, cells in values.items():
            frame = pd.DataFrame(cells, columns=[f"x{k}" for k in range(4)])
            frame.assign(id=[f"p{row:03d}" for row in range(ROWS)]).to_csv(
                tmp_path / f"{name}.csv", index=False
            )
        files = {n: {"kind": "vector", "file": f"{n}.csv"} for n in NAMES}
        document = StudyConfig.model_validate({"modalities": files})
        data = DataConfig(mode="real", study=document.data(str(tmp_path)))
        run = RunConfig(model=config, data=data)
        return Query.of(model, open_data(run.data, modalities, vectors, 0))

    return build


def swap(values):
    values["m1"][list(SWAPPED)] = values["m1"][[*SWAPPED[1:], SWAPPED[0]]]


def found_in(query):
    settings = ScoreSettings(samples=64, by_modality=True)
    frames = score(query, Reference(None, settings), settings)
    return disagreements(pd.concat(frames), query.key, NAMES)


def test_five_of_two_hundred_records_with_a_swapped_modality_are_found(study):
    actual = found_in(study(swap))
    worst = {f"p{row:03d}" for row in SWAPPED}
    assert set(actual["id"]) == worst
    by_record = actual.drop_duplicates("id")  # the worst first
    assert (by_record["modality"] == "m1").all()
    assert actual["deviations"].is_monotonic_increasing


def test_of_records_as_usual_none_is_found(study):
    assert not len(found_in(study(lambda values: None)))


def test_sums_of_weights_are_computed_once_for_all_batches_of_a_score(study, monkeypatch):
    calls = []

    def counted(modality):
        calls.append(modality)
        return Modality.scoring(modality)

    monkeypatch.setattr(LinearGaussian, "scoring", counted)
    query, settings = study(lambda values: None), ScoreSettings(samples=2, by_modality=True)
    training = replace(query, splits=query.splits[:1])
    assert len(list(score(query, Reference(training, settings), settings))) > 1
    assert len(calls) == 2 * len(NAMES)  # of the records, and of those that they are compared with


def test_a_record_with_a_single_modality_does_not_misfit():
    agreement = [1.0, 1.1, 0.9, 1.2, 0.8, -9.0, np.nan]
    scores = pd.DataFrame({"id": list("abcdefg"), "agreement.m0": agreement})
    scores["agreement.m1"] = [9.0, 9.1, 8.9, 9.2, 8.8, -5.0, np.nan]  # far, and not below -6 nats
    actual = disagreements(scores, "id", ["m0", "m1"])
    assert actual[["id", "modality"]].to_numpy().tolist() == [["f", "m0"]]
    spread = 1.4826 * np.median(np.abs(np.array(agreement[:6]) - 0.95))
    assert actual["deviations"][0] == pytest.approx((-9 - 0.95) / spread)


def test_a_missing_cell_has_no_density(monkeypatch):
    """A likelihood counts a missing cell as 0, which is not the density of a cell."""
    x = torch.tensor([[1.0, torch.nan], [1.0, 2.0], [1.0, 2.0]])
    present = torch.tensor([True, True, False])
    parts = {"x0": torch.zeros(3), "x1": torch.zeros(3)}
    modality = SimpleNamespace(log_prob_parts=lambda likelihood, x: parts)
    monkeypatch.setattr(unusual, "style_mean", lambda *_: None)
    encoding = SimpleNamespace(values={"m": x}, has=lambda names: present)
    model = MagicMock()
    model.codec.__getitem__.return_value = modality
    densities = unusual._densities(model, encoding)
    assert torch.stack(list(densities.values())).isnan().tolist() == [
        [False, False, True],
        [True, False, True],
    ]


def test_the_least_likely_cells_are_those_that_were_changed(study, monkeypatch):
    shift = torch.zeros(4)

    def parts(self, likelihood, x):
        cells = Normal(likelihood.mean, self.scale).log_prob(x) + shift
        return {f"x{k}": cells[:, k] for k in range(4)}

    def change(values):
        values["m0"][9, 2] += 4
        values["m2"][40, [0, 3]] -= 4

    query = study(change)
    training = Query.of(query.model, query.data, "train")
    assert unusual_cells(query, training, ["p009"]).empty
    monkeypatch.setattr(LinearGaussian, "log_prob_parts", parts)
    actual = unusual_cells(query, training, ["p040", "p009"])
    assert actual["id"].drop_duplicates().tolist() == ["p040", "p009"]
    cells = actual.groupby("id")["cell"].apply(list)
    assert cells["p009"][0] == "m0.x2"
    assert set(cells["p040"][:2]) <= {f"m2.x{k}" for k in range(4)}
    assert (actual["nats"] < 0).all()
    assert actual.groupby("id")["nats"].apply(lambda nats: nats.is_monotonic_increasing).all()
    assert actual.groupby("id").size().max() <= 3
    shift[3] = -100.0  # a column that is less likely than others in every record is not unusual
    again = unusual_cells(query, training, ["p040", "p009"])
    assert again["cell"].tolist() == actual["cell"].tolist()
    assert again["nats"].to_numpy() == pytest.approx(actual["nats"].to_numpy(), abs=1e-3)


def test_the_report_has_the_least_likely_held_out_records_and_their_cells(study, monkeypatch):
    def parts(self, likelihood, x):
        cells = Normal(likelihood.mean, self.scale).log_prob(x)
        return {f"x{k}": cells[:, k] for k in range(4)}

    def change(values):
        values["m0"][:, 2] += 4 * (np.arange(ROWS) == held_out)

    held_out = 0
    usual = study(lambda values: None)
    subject = Subject(usual.model, usual.data, EvaluationSettings())
    metric = UnusualMetric(Frozen(), usual.model.context)
    with pytest.raises(MmcoreError, match="densities of columns"):
        metric.measure(subject)
    monkeypatch.setattr(LinearGaussian, "log_prob_parts", parts)
    held_out = int(usual.data.test.ids[3].removeprefix("p"))
    changed = study(change)
    records, cells = metric.measure(replace(subject, data=changed.data)).tables
    assert {table.topic for table in (records, cells)} == {"records"}
    first = f"p{held_out:03d}"
    modalities, _, percentile = records.rows[first]
    assert next(iter(records.rows)) == first
    assert len(records.rows) == 10
    assert (modalities, percentile) == (3.0, 0.0)
    value, expected, nats = cells.rows[f"{first}: m0.x2"]
    assert value - expected > 1
    assert nats < -5

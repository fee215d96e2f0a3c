"""A short run of every method on sample data: it lowers its loss, stays finite and beats chance."""

import pytest
import torch

from mmcore import Model
from mmcore.config import DataConfig, ModalityConfig, TrainingConfig
from mmcore.data import SampleOrder, open_data
from mmcore.inference import represent
from mmcore.metrics.representation.linear_probe import probe
from mmcore.plugins import Catalogue
from mmcore.training import Tracker, TrainingState, fit, make_fabric
from mmcore.training.step import TrainStep

NAMES = ("mnist", "text")
STEPS, ROWS, RATE = 60, 64, 1.2e-2
LONGER = {"jmvae": (250, 3e-3)}
"""Steps and learning rate: the joint network does not learn at the rate of the other methods."""
INSTANCES = {
    "mmjsd": {},
    "mmjsd arithmetic": {"dynamic_prior": "arithmetic"},
    "mvae": {},
    "mmvae": {},
    "mopoe": {},
}
SLOW = {
    "mmvm": {},
    "dmvae": {},
    "mmvaeplus": {},
    "mvtcae": {},
    "mmjsd wasserstein": {"dynamic_prior": "wasserstein"},
    "mmvae dreg": {"estimator": "dreg", "draws": 2},
    "hoelder": {},
    "helvae": {},
    "mwbvae": {},
    "gpoe": {},
    "mcvae": {},
    "codevae": {},
    "crmvae": {},
    "jmvae": {},
    "telbo": {},
    "factors": {},
}


class Losses(Tracker):
    def __init__(self):
        self.seen = []

    def log(self, report):
        self.seen.append(report.metrics["loss"])


@pytest.fixture(scope="module")
def data():
    catalogue = Catalogue.discover()
    modalities = {name: ModalityConfig(kind=name) for name in NAMES}
    return open_data(DataConfig(mode="sample", drop=0.2), modalities, catalogue)


@pytest.mark.parametrize(
    "instance", [*INSTANCES, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_it_learns(data, instance):
    guard = {} if instance == "mmvaeplus" else {"style_warmup": 0.0}
    options = {**INSTANCES, **SLOW}[instance] | guard
    steps, rate = LONGER.get(instance, (STEPS, RATE))
    model = Model.from_plugins(
        *NAMES, method=instance.split()[0], content_dim=8, style_dim=2, **options
    )
    config = TrainingConfig(
        steps=steps,
        batch_size=ROWS,
        learning_rate=rate,
        log_every=15,
        precision="32-true",
        accelerator="cpu",
    )
    losses = Losses()
    fit(
        TrainStep(model, steps=steps, rows=ROWS, seed=0),
        data.training_source,
        SampleOrder(len(data.train), ROWS, 0),
        TrainingState.start(model, config),
        config,
        make_fabric(config),
        [losses],
    )
    assert losses.seen[-1] < 0.9 * losses.seen[0]
    model.eval()
    report = probe(represent(model, data.train, 600), represent(model, data.test, 297))
    assert all(torch.isfinite(p).all() for p in model.parameters())
    for name in NAMES:
        assert report.content[name] > report.chance + 0.06, report.content

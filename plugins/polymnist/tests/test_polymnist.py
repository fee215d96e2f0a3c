from functools import partial

import pytest
import torch
from mmcore_polymnist.modality import Polymnist
from mmcore_polymnist.settings import PolymnistSettings

import mmcore.metrics.base as base
from mmcore.config import EvaluationSettings
from mmcore.plugins import Catalogue, Context
from mmcore.plugins.configured import check_components
from mmcore.reporting.experiment import Experiment
from mmcore.reporting.results import Result
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.settings.assemble import assemble
from mmcore.runs.training.job import run
from mmcore.testing import parametrize_checks


@parametrize_checks("modality", "polymnist-m3")
def test_conforms(check):
    check()


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.discover()


@pytest.fixture(scope="module")
def experiment(catalogue) -> Experiment:
    return Context(catalogue=catalogue).make("experiment", "polymnist", {})


def test_the_networks_have_the_size_of_the_published_ones():
    """Counted from the published layers: convolutions, one hidden layer of 512, and four linear heads."""
    modality = Polymnist(PolymnistSettings(), Context.of(512, 0))
    convolutions = [(3, 32), (32, 64), (64, 128)]
    narrowing = sum(9 * a * b + b for a, b in convolutions)
    widening = sum(9 * a * b + a for a, b in convolutions)
    encoder = narrowing + 2048 * 512 + 512 + 2 * (512 * 512 + 512)
    decoder = 512 * 2048 + 2048 + widening
    assert sum(p.numel() for p in modality.encoder.parameters()) == encoder
    assert sum(p.numel() for p in modality.decoder.parameters()) == decoder


def test_all_models_can_be_built_and_have_the_published_size(experiment, catalogue):
    for model in experiment.models.values():
        config = assemble(experiment.modalities, {**experiment.choices, **model.choices})
        check_components(config, catalogue)
        assert config.model.content_dim == (32 if model.subspaces else 512)
        assert config.training.optimizer_options == {"schedule": "constant"}


def test_the_published_numbers_have_not_been_changed(experiment):
    published = experiment.table("Coherence").published
    assert {name: str(sum(n for n in row if n)) for name, row in published.items()} == {
        "mmvae": "2.84",
        "mopoe": "3.07",
        "mvtcae": "3.15",
        "mmjsd": "2.57",
    }


@pytest.mark.slow
def test_every_number_stands_where_the_tables_look_for_it(experiment, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(base, "train_classifier", partial(base.train_classifier, steps=2))
    small = {f"{name}.width": 2 for name in experiment.modalities} | {"content_dim": 4}
    # The prior is fitted to a tenth of as many rows as the training reads.
    short = {"steps": 50, "batch_size": 20, "data": "sample", "accelerator": "cpu"}
    choices = {**experiment.choices, **experiment.models["mvtcae"].choices, **small, **short}
    folder = RunFolder(tmp_path / "run")
    run(assemble(experiment.modalities, choices), folder)
    settings = EvaluationSettings(rows=200, options=experiment.options)
    actual = Result("mvtcae", 0, evaluate(folder.path, settings, experiment.metrics), {})
    for table in experiment.tables:
        for row, measure in table.measures.items():
            assert actual.value(measure) is not None, f"{table.title}: {row}"


def test_the_likelihood_is_that_of_torch():
    modality = Polymnist(PolymnistSettings(width=4), Context.of(6, 2))
    likelihood = modality.decode(torch.randn(3, 6), torch.randn(3, 2))
    x = torch.rand(3, 3, 28, 28)
    wanted = torch.distributions.Laplace(likelihood.mode, 0.75).log_prob(x).flatten(1).sum(1)
    assert torch.allclose(likelihood.log_prob(x), wanted, rtol=1e-4)

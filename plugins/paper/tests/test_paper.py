from functools import partial

import pytest

import mmcore.metrics.base as base
from mmcore.config import EvaluationSettings
from mmcore.plugins import Catalogue, Context
from mmcore.reporting.results import Result
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.settings.assemble import assemble
from mmcore.runs.training.job import run


@pytest.fixture(scope="module")
def experiment():
    return Context(catalogue=Catalogue.discover()).make("experiment", "mnist-svhn-text", {})


def test_it_is_offered_and_its_models_can_be_built(experiment):
    catalogue = Catalogue.discover()
    assert "mnist-svhn-text" in catalogue.names("experiment")
    for model in experiment.models.values():
        config = assemble(experiment.modalities, {**experiment.choices, **model.choices})
        catalogue.settings("method", config.model.method, config.model.options)
        # 20 numbers for each modality, with subspaces or without
        assert {config.model.content_dim + s for s in config.model.style_dims.values()} == {20}


@pytest.mark.parametrize("model", ["mmvae", "mmvae-ms"])
def test_the_paper_agrees_with_itself(experiment, model):
    """MMVAE given several is the mean of its single ones, as in the paper: a check on typing errors."""
    m, s, t, ms, mt, st, _ = map(
        float, experiment.table("Table 1: representation").published[model]
    )
    for pair, mean in ((ms, (m + s) / 2), (mt, (m + t) / 2), (st, (s + t) / 2)):
        assert abs(pair - mean) <= 0.0101


@pytest.mark.parametrize(
    ("title", "total"),
    [
        ("Table 1: representation", "36.13"),
        ("Table 2: coherence", "37.95"),
        ("Table 3: quality", "15.187"),
        ("Table 4: log-likelihood", "-83553"),
    ],
)
def test_the_numbers_have_not_been_changed(experiment, title, total):
    numbers = [n for row in experiment.table(title).published.values() for n in row]
    assert str(sum(numbers)) == total


@pytest.mark.slow
def test_every_number_stands_where_the_tables_look_for_it(experiment, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(base, "train_classifier", partial(base.train_classifier, steps=2))
    choices = {**experiment.choices, **experiment.models["mmjsd-ms"].choices}
    short = {"steps": 2, "batch_size": 8, "data": "sample", "accelerator": "cpu"}
    folder = RunFolder(tmp_path / "run")
    run(assemble(experiment.modalities, {**choices, **short}), folder)
    settings = EvaluationSettings(
        rows=200, options={"likelihood": {"samples": 2, "likelihood_rows": 4}}
    )
    actual = Result("mmjsd-ms", 0, evaluate(folder.path, settings, experiment.metrics), {})
    for table in experiment.tables:
        for row, measure in table.measures.items():
            assert actual.value(measure) is not None, f"{table.title}: {row}"


def test_the_experiment_on_faces_is_offered_with_the_papers_numbers():
    catalogue = Catalogue.discover()
    experiment = Context(catalogue=catalogue).make("experiment", "celeba", {})
    assert "celeba" in catalogue.names("experiment")
    for model in experiment.models.values():
        config = assemble(experiment.modalities, {**experiment.choices, **model.choices})
        catalogue.settings("method", config.model.method, config.model.options)
        assert set(config.model.style_dims.values()) == {config.model.content_dim} == {32}
    numbers = [n for row in experiment.tables[0].published.values() for n in row]
    assert str(sum(numbers)) == "6.27"

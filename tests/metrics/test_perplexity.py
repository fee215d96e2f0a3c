"""The posteriors from which the rows of the perplexity are drawn."""

import torch

from mmcore.config import DataConfig, EvaluationSettings, ModalityConfig, ModelConfig
from mmcore.config.evaluation import PerplexitySettings
from mmcore.data import open_data
from mmcore.metrics import Subject
from mmcore.metrics.likelihood import perplexity as measured
from mmcore.model import Model


def test_a_modality_given_others_is_drawn_from_the_posterior_of_generation(vectors, monkeypatch):
    names = ("m0", "m1")
    config = ModelConfig(
        modalities={n: ModalityConfig(kind="vector") for n in names}, content_dim=2
    )
    model = Model.from_config(config, catalogue=vectors).eval()
    data = open_data(DataConfig(mode="sample"), config.modalities, vectors, 0, {})
    for modality in model.codec.modalities.values():
        monkeypatch.setattr(modality, "unit_counts", lambda x: {"unit": torch.ones(len(x))})
    used = {}

    def recorded(name):
        original = getattr(measured, name)

        def measure(codec, posterior, *others, **options):
            used[name] = posterior
            return original(codec, posterior, *others, **options)

        monkeypatch.setattr(measured, name, measure)

    recorded("log_likelihood")
    recorded("conditional_log_likelihood")
    settings = PerplexitySettings(samples=4, likelihood_rows=8)
    metric = measured.PerplexityMetric(settings, model.context)
    tables = metric.measure(Subject(model, data, EvaluationSettings())).tables
    assert [list(table.rows) for table in tables] == [
        ["p(m0)", "p(m0 | m1)"],
        ["p(m1)", "p(m1 | m0)"],
    ]
    assert model.generation is not model.inference
    assert used == {
        "log_likelihood": model.inference,
        "conditional_log_likelihood": model.generation,
    }

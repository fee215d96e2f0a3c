"""Whatever the method, a model can be measured: a new one needs no entry here."""

import pytest
import torch

from mmcore import Batch, Model, Noise
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.config.evaluation import CoherenceSettings
from mmcore.inference.likelihood.importance_sampling import log_likelihood
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.inference.representation.subsets import subsets
from mmcore.metrics.imputation.imputation import impute
from mmcore.plugins import Catalogue

METHODS = Catalogue.discover({"MMCORE_PLUGINS": ""}).names("method")
NAMES = ("a", "b", "c")


@pytest.mark.parametrize("method", METHODS)
def test_every_subset_and_every_fusion_is_measured(method, vectors):
    modalities = {
        name: ModalityConfig(kind="vector", settings={"seed": seed})
        for seed, name in enumerate(NAMES)
    }
    config = ModelConfig(modalities=modalities, content_dim=2, style_dim=1, method=method)
    model = Model.from_config(config, catalogue=vectors).eval()
    generator = torch.Generator().manual_seed(0)
    values = {name: torch.randn(5, 6, generator=generator) for name in NAMES}
    encoding = model.codec.encode(Batch.of(values))
    for name in CoherenceSettings().compared:
        fusion = named_posterior(model, name)
        for subset in subsets(NAMES):
            result = log_likelihood(model.codec, fusion, encoding, subset, Noise(5), 6)
            assert result.log_p.isfinite().all(), (name, subset)
            assert (result.effective >= 1 - 1e-4).all(), (name, subset)
    imputed = impute(model.codec, model.inference, encoding, subsets(NAMES), Noise(5))
    assert all(0 <= share <= 1 for by in imputed.coverage.values() for share in by.values())

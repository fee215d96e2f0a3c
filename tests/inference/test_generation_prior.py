"""Draws of the aggregate posterior, and what is fitted to them."""

import pytest
import torch
from support.runs import config, vector_catalogue

from mmcore import Batch, Model, Noise
from mmcore.data import Source
from mmcore.errors import MmcoreError
from mmcore.inference import aggregate_posterior, fit_generation_prior

ROWS = 2000


class Sparse(Source):
    """Rows of two modalities: half of them lack ``b``, a quarter ``a``."""

    def __init__(self):
        self.values = {
            n: 3 * torch.randn(ROWS, 6, generator=torch.Generator().manual_seed(0)) for n in "ab"
        }

    def __len__(self):
        return ROWS

    def fetch(self, indices, noise):
        present = {"a": indices % 4 != 1, "b": indices % 2 == 1}
        return Batch.of({n: x[indices] for n, x in self.values.items()}, present)


@pytest.fixture
def model():
    return Model.from_config(config().model, catalogue=vector_catalogue()).eval()


def test_a_sample_has_the_posterior_of_its_modalities_and_absent_styles_of_the_prior(model):
    rows, source = torch.arange(ROWS), Sparse()
    latents = aggregate_posterior(model, source, rows, seed=0)
    only_b = rows % 4 == 1
    absent, given = latents.styles["a"][only_b].flatten(), latents.styles["a"][~only_b].flatten()
    with torch.no_grad():
        q = model.generation(model.codec.encode(source.fetch(rows, Noise(ROWS))))
    scores = (latents.content - q.mean) / q.stddev
    assert abs(float(scores.mean())) < 0.1 > abs(float(scores.std()) - 1)
    assert abs(float(absent.std()) - 1) < 0.1 < abs(float(given.std()) - 1)


def test_the_better_of_content_alone_and_content_with_styles_is_taken(model):
    fitted = fit_generation_prior(model, Sparse(), "gaussian", seed=1)
    reached = fitted.description.held_out
    assert reached[fitted.description.title] == max(reached.values())
    assert set(reached) == {
        "prior of the training",
        "gaussian over content",
        "gaussian over content and styles",
    }
    assert fitted.description.rows == ROWS


def test_none_is_fitted_to_few_rows_or_for_standard(model):
    assert fit_generation_prior(model, Sparse(), "gaussian", rows=9) is None
    assert fit_generation_prior(model, Sparse(), "standard") is None
    with pytest.raises(MmcoreError, match="did you mean 'flow'"):
        fit_generation_prior(model, Sparse(), "flows")

"""Encoders and decoders run on the rows that have a modality, and the loss is that of masked rows."""

import pytest
import torch

from mmcore import Batch, Model, Noise
from mmcore.config import ModalityConfig, ModelConfig
from mmcore.plugins import Catalogue

METHODS = Catalogue.discover({"MMCORE_PLUGINS": ""}).names("method")
NAMES, ROWS = ("a", "b", "c"), 12
PRESENT = {
    "a": torch.arange(ROWS) % 3 == 0,
    "b": torch.zeros(ROWS, dtype=torch.bool),
    "c": torch.arange(ROWS) % 3 != 0,
}


def batch():
    generator = torch.Generator().manual_seed(0)
    values = {
        name: torch.randn(ROWS, 6, generator=generator, dtype=torch.float64) for name in NAMES
    }
    values["a"][~PRESENT["a"]] = torch.nan
    return Batch.of(values, PRESENT)


def model(vectors, method="mmjsd"):
    modalities = {
        n: ModalityConfig(kind="vector", settings={"seed": i}) for i, n in enumerate("abc")
    }
    config = ModelConfig(modalities=modalities, content_dim=2, style_dim=1, method=method)
    return Model.from_config(config, catalogue=vectors)


def loss_and_gradients(model, batch):
    model.zero_grad()
    loss = model.objective(model.codec, batch, Noise(len(batch)), 1.0).loss
    loss.mean().backward()
    return {"loss": loss.detach()} | {
        n: p.grad for n, p in model.named_parameters() if p.grad is not None
    }


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("method", METHODS)
def test_selected_rows_have_the_loss_and_the_gradients_of_masked_rows(method, vectors):
    one = model(vectors, method)
    assert set(batch().indexed().indices) == set(NAMES)
    masked, selected = (loss_and_gradients(one, rows) for rows in (batch(), batch().indexed()))
    assert masked.keys() == selected.keys()
    for name, value in masked.items():
        torch.testing.assert_close(selected[name], value, rtol=1e-12, atol=1e-12, msg=name)


def test_networks_see_the_rows_that_have_their_modality_or_two_rows(vectors, monkeypatch):
    one, seen = model(vectors), []
    kind = type(one.codec["a"])
    for network in ("encode", "decode"):
        run = getattr(kind, network)

        def counted(self, *inputs, run=run):
            seen.append(len(inputs[0]))
            return run(self, *inputs)

        monkeypatch.setattr(kind, network, counted)
    loss_and_gradients(one.double(), batch().indexed())
    assert seen == [4, 2, 8, 4, 2, 8]


def test_a_modality_that_nearly_all_rows_have_is_masked():
    values = {"a": torch.zeros(ROWS, 1), "b": torch.zeros(ROWS, 1)}
    full = torch.ones(ROWS, dtype=torch.bool)
    assert (
        not Batch.of(values, {"a": full.clone().index_fill(0, torch.tensor(3), False)})
        .indexed()
        .indices
    )
    assert not Batch.of(values, {"a": full}).indexed().indices


def test_micro_batches_have_the_rows_of_the_batch_in_turns():
    parts = batch().split(5)
    for name, mask in PRESENT.items():
        assert [part.present[name].tolist() for part in parts] == [
            mask[first::5].tolist() for first in range(5)
        ]
    indices = parts[0].indexed().to(torch.device("cpu")).only(["a", "c"]).indices
    assert {name: rows.tolist() for name, rows in indices.items()} == {"a": [0, 1], "c": [1, 2]}

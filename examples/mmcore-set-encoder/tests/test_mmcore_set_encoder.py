"""The conformance kit, the posterior of each subset, and twenty steps of training."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import mmcore
import pytest
import torch
from mmcore import Batch, Gaussian, Model, Noise
from mmcore.encoding import Encoding
from mmcore.testing import parametrize_checks

from mmcore_set_encoder.encoder import SetEncoder

NAMES, ROWS, CONTENT = ("b", "a", "c"), 5, 3


@parametrize_checks("method", "set-encoder", settings={"beta": 1.0, "beta_style": 1.0, "width": 16})
def test_the_method_conforms(check: Callable[[], None]) -> None:
    check()


@parametrize_checks("inference", "set")
def test_the_inference_conforms(check: Callable[[], None]) -> None:
    check()


def encoder(names: Sequence[str] = NAMES) -> SetEncoder:
    torch.manual_seed(0)
    return SetEncoder(names, CONTENT, 8)


def encoding() -> Encoding:
    generator = torch.Generator().manual_seed(0)
    loc, logvar = torch.randn(2, len(NAMES), ROWS, CONTENT, generator=generator)
    present = torch.ones(len(NAMES), ROWS, dtype=torch.bool)
    return Encoding(NAMES, Gaussian(loc, logvar), present, {}, {})


def same(one: Gaussian, other: Gaussian) -> bool:
    return torch.allclose(one.loc, other.loc) and torch.allclose(one.logvar, other.logvar)


def test_the_order_of_the_modalities_changes_nothing() -> None:
    order = [2, 0, 1]
    experts, names = encoding().content, tuple(NAMES[place] for place in order)
    turned = replace(
        encoding(), names=names, content=Gaussian(experts.loc[order], experts.logvar[order])
    )
    assert same(encoder(names)(turned), encoder()(encoding()))


def test_modalities_differ() -> None:
    """Equal experts of different modalities give different posteriors."""
    equal = encoding().content.loc[:1].expand(3, -1, -1)
    built = replace(encoding(), content=Gaussian(equal, torch.zeros_like(equal)))
    assert not same(encoder()(built.restrict(["a"])), encoder()(built.restrict(["b"])))


def test_the_divergences_are_those_of_a_subset_and_of_the_whole() -> None:
    """Of one modality the subset is the whole, and the loss is that of the plain ELBO."""
    batch = Batch.of({"text": torch.zeros(3, 8).byte()})
    model = Model.from_plugins("text", method="set-encoder", width=8)
    plain = Model.from_plugins(
        "text",
        method="custom",
        posterior="set",
        posterior_options={"width": 8},
        objective="elbo",
    )
    plain.load_state_dict(model.state_dict())
    one, other = (m.objective(m.codec, batch, Noise(3), 1.0).divergences for m in (model, plain))
    assert torch.allclose(one["kl"], other["kl"])


@pytest.mark.parametrize(
    "options", [{"method": "set-encoder", "width": 32}, {"method": "custom", "posterior": "set"}]
)
def test_trains_twenty_steps(tmp_path: Path, options: dict[str, object]) -> None:
    result = mmcore.train(
        "mnist", "text", data="sample", steps=20, out=tmp_path / "run", drop=0.3, **options
    )
    assert math.isfinite(result.summary["last_metrics"]["loss"])

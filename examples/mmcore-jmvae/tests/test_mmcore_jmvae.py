"""The conformance kit, the posterior of each subset, and twenty steps of training."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import mmcore
import pytest
import torch
from mmcore import Batch, Gaussian, Model, Noise
from mmcore.aggregators import ProductOfExperts
from mmcore.encoding import Encoding
from mmcore.fusion import Fusion
from mmcore.testing import parametrize_checks

from mmcore_jmvae.encoder import JointEncoder

NAMES, ROWS, CONTENT = ("b", "a", "c"), 5, 3


@parametrize_checks("method", "jmvae", settings={"beta": 1.0, "beta_style": 1.0, "width": 16})
def test_the_method_conforms(check: Callable[[], None]) -> None:
    check()


@parametrize_checks("inference", "joint")
def test_the_inference_conforms(check: Callable[[], None]) -> None:
    check()


def encoder(names: Sequence[str] = NAMES) -> JointEncoder:
    torch.manual_seed(0)
    return JointEncoder(names, CONTENT, 8, Fusion(ProductOfExperts(), [1.0] * len(names)))


def encoding() -> Encoding:
    generator = torch.Generator().manual_seed(0)
    loc, logvar = torch.randn(2, len(NAMES), ROWS, CONTENT, generator=generator)
    present = torch.ones(len(NAMES), ROWS, dtype=torch.bool)
    return Encoding(NAMES, Gaussian(loc, logvar), present, {}, {})


def same(one: Gaussian, other: Gaussian) -> bool:
    return torch.allclose(one.loc, other.loc) and torch.allclose(one.logvar, other.logvar)


def test_one_modality_gives_its_expert() -> None:
    for place, name in enumerate(NAMES):
        experts = encoding().content
        expert = Gaussian(experts.loc[place], experts.logvar[place])
        assert same(encoder()(encoding().restrict([name])), expert)


def test_some_modalities_give_the_product_of_their_experts() -> None:
    experts = encoding().content
    precision = experts.logvar.neg().exp()[:2]
    loc = (precision * experts.loc[:2]).sum(0) / precision.sum(0)
    product = Gaussian(loc, -precision.sum(0).log())
    assert same(encoder()(encoding().restrict(NAMES[:2])), product)


def test_all_modalities_give_the_joint_network() -> None:
    joint = encoder()
    before = joint(encoding())
    assert not same(before, joint.product(encoding()))
    with torch.no_grad():
        joint.network[-1].linear.bias += 1.0
    assert same(joint(encoding()), Gaussian(before.loc + 1.0, before.logvar + 1.0))


def test_each_row_has_the_posterior_of_its_own_modalities() -> None:
    present = torch.tensor([[1, 1, 0, 1, 0], [1, 0, 1, 1, 0], [1, 0, 1, 0, 1]], dtype=torch.bool)
    mixed = replace(encoding(), present=present)
    joint = encoder()
    found = joint(mixed)
    for row in range(ROWS):
        given = [name for name, has in zip(NAMES, present[:, row], strict=True) if has]
        alone = joint(encoding().restrict(given))
        assert torch.allclose(found.loc[row], alone.loc[row])
        assert torch.allclose(found.logvar[row], alone.logvar[row])


def test_the_order_of_the_modalities_changes_nothing() -> None:
    order = [2, 0, 1]
    experts, names = encoding().content, tuple(NAMES[place] for place in order)
    turned = replace(
        encoding(), names=names, content=Gaussian(experts.loc[order], experts.logvar[order])
    )
    assert same(encoder(names)(turned), encoder()(encoding()))


def test_alpha_weighs_the_divergences_of_complete_rows() -> None:
    values = {"mnist": torch.zeros(3, 1, 28, 28).byte(), "text": torch.zeros(3, 8).byte()}
    batch = Batch.of(values, {"text": torch.tensor([True, True, False])})
    terms = [
        model.objective(model.codec, batch, Noise(3), 1.0)
        for model in (Model.from_plugins("mnist", "text", method="jmvae", alpha=a) for a in (0, 2))
    ]
    unimodal = terms[0].divergences["unimodal"]
    assert (unimodal[:2] > 0).all()
    assert unimodal[2] == 0
    assert torch.allclose(terms[1].loss - terms[0].loss, 2 * unimodal, atol=1e-3)


@pytest.mark.parametrize(
    "options", [{"method": "jmvae", "width": 32}, {"method": "custom", "posterior": "joint"}]
)
def test_trains_twenty_steps(tmp_path: Path, options: dict[str, object]) -> None:
    result = mmcore.train(
        "mnist", "text", data="sample", steps=20, out=tmp_path / "run", drop=0.3, **options
    )
    assert math.isfinite(result.summary["last_metrics"]["loss"])

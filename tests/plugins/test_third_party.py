"""A third party adds an aggregator, an objective and a method, each in its own distribution."""

import pytest
import torch

from mmcore import Batch, Model, Noise
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue

LIGHT = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [ComponentSpec(kind="{kind}", name="{name}", factory="{package}.part:{factory}")]
"""
AGGREGATOR = """
import torch
from mmcore.aggregators import Aggregator
from mmcore.distributions import Gaussian
class Sharpest(Aggregator):
    is_gaussian = True
    def __init__(self, settings, context):
        super().__init__()
        self.shift = torch.nn.Parameter(torch.zeros(()))
    def forward(self, experts):
        best = experts.gaussians.logvar.sum(-1).masked_fill(~experts.present, float("inf")).argmin(0)
        chosen = experts.gaussians.take(best)
        return Gaussian(chosen.loc + self.shift, chosen.logvar)
"""
OBJECTIVE = """
from mmcore.objectives import Elbo, Objective
class Doubled(Objective):
    def __init__(self, settings, context):
        super().__init__()
        self.elbo = Elbo(context.posterior, context.weights, context.styles)
    def forward(self, codec, batch, noise, progress):
        import dataclasses
        terms = self.elbo(codec, batch, noise, progress)
        return dataclasses.replace(terms, loss=2 * terms.loss)
"""
METHOD = """
from mmcore.aggregators import ProductOfExperts
from mmcore.methods.base import Method, equally
from mmcore.objectives import Elbo, StyleTraining, TermWeights
def plain(settings, context):
    posterior = equally(ProductOfExperts(), context, prior=True)
    ones = dict.fromkeys(context.modalities, 1.0)
    return Method(Elbo(posterior, TermWeights(1.0, ones, ones), StyleTraining(0.0, 1.0)), posterior)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)

    def make(kind, name, factory, code):
        package = f"third_{kind}"
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
        light = LIGHT.format(kind=kind, name=name, package=package, factory=factory)
        (tmp_path / package / "plugin.py").write_text(light)
        (tmp_path / package / "part.py").write_text(code)
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: third-{kind}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[mmcore]\n{name} = {package}.plugin\n")

    return make


def loss(model):
    batch = Batch.of({"text": torch.zeros(4, 8, dtype=torch.uint8)})
    return model.objective(model.codec, batch, Noise(4), 1.0).loss


def test_each_kind_is_found_and_used(install):
    install("aggregator", "sharpest", "Sharpest", AGGREGATOR)
    install("objective", "doubled", "Doubled", OBJECTIVE)
    install("method", "plain", "plain", METHOD)
    catalogue = Catalogue.discover({"MMCORE_STRICT_PLUGINS": "1"})
    prior = Model.from_plugins("text", dynamic_prior="sharpest", catalogue=catalogue)
    assert loss(prior).isfinite().all()
    once = Model.from_plugins("text", method="custom", catalogue=catalogue)
    twice = Model.from_plugins("text", method="custom", objective="doubled", catalogue=catalogue)
    assert torch.allclose(2 * loss(once), loss(twice))
    plain = Model.from_plugins("text", method="plain", catalogue=catalogue)
    assert plain.is_lower_bound
    assert loss(plain).isfinite().all()


def test_a_saved_model_names_the_distribution_of_its_method(install, tmp_path):
    install("method", "plain", "plain", METHOD)
    catalogue = Catalogue.discover()
    model = Model.from_plugins("text", method="plain", catalogue=catalogue)
    model.save_pretrained(tmp_path / "model")
    assert "third-method 1.0" in (tmp_path / "model" / "config.json").read_text()


def test_a_model_whose_plug_in_is_gone_names_it_though_only_an_option_did(install, tmp_path):
    install("aggregator", "sharpest", "Sharpest", AGGREGATOR)
    model = Model.from_plugins("text", dynamic_prior="sharpest", catalogue=Catalogue.discover())
    model.save_pretrained(tmp_path / "model")
    left = Catalogue.discover({"MMCORE_PLUGINS": "mmcore-text"})
    gone = Catalogue([r for r in left.records if r.distribution != "third-aggregator"])
    with pytest.raises(
        MmcoreError, match=r"'sharpest'.*aggregator sharpest of third-aggregator 1\.0"
    ):
        Model.from_pretrained(tmp_path / "model", catalogue=gone)


def test_an_aggregator_with_parameters_that_stands_in_two_places_is_saved(install, tmp_path):
    install("aggregator", "sharpest", "Sharpest", AGGREGATOR)
    catalogue = Catalogue.discover()
    model = Model.from_plugins("text", dynamic_prior="sharpest", catalogue=catalogue)
    with torch.no_grad():
        model.inference.aggregator.shift.fill_(3.0)
    model.save_pretrained(tmp_path / "model")
    back = Model.from_pretrained(tmp_path / "model", catalogue=catalogue)
    assert float(back.inference.aggregator.shift.detach()) == 3.0
    assert back.objective.dynamic_prior.aggregator.shift is back.inference.aggregator.shift

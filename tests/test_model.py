import json
import re

import pytest
import torch

from mmcore import MmcoreError, Model
from mmcore.plugins import Catalogue

DIGITS = ("mnist", "svhn", "text")
PARAMETERS = 1_411_826


def inputs(rows=5):
    generator = torch.Generator().manual_seed(0)

    def draw(high, *shape):
        return torch.randint(0, high, (rows, *shape), generator=generator, dtype=torch.uint8)

    return {"mnist": draw(256, 1, 28, 28), "svhn": draw(256, 3, 32, 32), "text": draw(71, 8)}


@pytest.fixture(scope="module")
def model():
    return Model.from_plugins(*DIGITS, content_dim=16, style_dim=4).eval()


@pytest.mark.parametrize(("content", "style"), [(20, 0), (16, 4)])
def test_the_networks_are_those_of_the_paper(content, style):
    model = Model.from_plugins(*DIGITS, content_dim=content, style_dim=style)
    published = [p for name, p in model.named_parameters() if ".tint." not in name]
    assert sum(p.numel() for p in published) == PARAMETERS


def test_the_weights_of_a_modality_depend_on_neither_its_place_nor_the_others(model):
    other = Model.from_plugins("text", "mnist", content_dim=16, style_dim=4)
    for name in ("mnist", "text"):
        mine, theirs = model.codec[name].state_dict(), other.codec[name].state_dict()
        assert all(torch.equal(mine[key], theirs[key]) for key in mine)


def test_default_likelihood_weights_are_by_data_size(model):
    weights = model.objective.weights.likelihood
    assert weights == pytest.approx({"mnist": 3072 / 784, "svhn": 1.0, "text": 384.0})


def test_default_style_weights_are_roots_times_the_factor_of_the_modality(model):
    weights = model.objective.weights.style
    factors = {name: model.codec[name].style_weight for name in DIGITS}
    roots = {"mnist": (3072 / 784) ** 0.5, "svhn": 1.0, "text": 384.0**0.5}
    assert factors == {"mnist": 0.35, "svhn": 1.0, "text": 0.3}
    assert weights == pytest.approx({name: 1.5 * factors[name] * roots[name] for name in DIGITS})


def test_inference_from_a_subset_equals_inference_with_masks(model):
    values = inputs()
    given = {name: values[name] for name in ("mnist", "text")}
    masked = model.infer(values, {"svhn": torch.zeros(5, dtype=torch.bool)})
    assert torch.allclose(model.infer(given).mean, masked.mean, atol=1e-6)


def test_inference_does_not_mix_rows(model):
    values = inputs()
    whole = model.infer(values).mean
    one = model.infer({name: x[2:3] for name, x in values.items()}).mean
    assert torch.allclose(whole[2:3], one, atol=1e-5)


def test_the_joint_is_the_geometric_mean_with_the_prior(model):
    values = inputs()
    experts = [model.codec[n].encode(model.codec[n].prepare(values[n])).content for n in DIGITS]
    precision = (1 + sum(torch.exp(-q.logvar) for q in experts)) / 4
    loc = sum(torch.exp(-q.logvar) * q.loc for q in experts) / 4 / precision
    assert torch.allclose(model.infer(values).mean, loc, atol=1e-5)


def test_everything_is_generated_from_anything(model):
    values = inputs()
    shapes = {"mnist": (5, 1, 28, 28), "svhn": (5, 3, 32, 32), "text": (5, 8)}
    for given in DIGITS:
        built = model.translate({given: values[given]})
        assert {name: tuple(x.shape) for name, x in built.items()} == shapes
    assert {n: tuple(x.shape) for n, x in model.generate(5).items()} == shapes
    assert set(model.translate({"text": values["text"]}, ("svhn",))) == {"svhn"}


def test_generation_follows_its_seed(model):
    one, same, other = (model.generate(3, seed=seed)["mnist"] for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_saved_model_comes_back_bit_for_bit(model, tmp_path):
    model.save_pretrained(tmp_path / "m")
    back = Model.from_pretrained(tmp_path / "m")
    names = {"config.json", "manifest.json", "model.safetensors"}
    assert {p.name for p in (tmp_path / "m").iterdir()} == names
    assert torch.equal(back.infer(inputs()).mean, model.infer(inputs()).mean)


def test_a_model_whose_plugin_is_missing_says_who_made_it(model, tmp_path):
    model.save_pretrained(tmp_path)
    with pytest.raises(MmcoreError, match=r"modality svhn of mmcore-svhn 0\.1\.0"):
        Model.from_pretrained(
            tmp_path, catalogue=Catalogue.discover({"MMCORE_PLUGINS_DENY": "svhn"})
        )


@pytest.mark.parametrize(
    "damage",
    [
        lambda f: (f / "model.safetensors").write_bytes(b"\x80\x04pickle"),
        lambda f: (f / "model.safetensors").unlink(),
        lambda f: (f / "config.json").write_text("{"),
        lambda f: (f / "config.json").write_text(json.dumps({"model": {"modalities": {}}})),
    ],
)
def test_a_damaged_model_is_one_sentence(model, tmp_path, damage):
    model.save_pretrained(tmp_path)
    damage(tmp_path)
    with pytest.raises(MmcoreError, match=str(tmp_path)):
        Model.from_pretrained(tmp_path)


def test_weights_of_other_shapes_are_told_with_a_name_and_both_shapes(model, tmp_path):
    model.save_pretrained(tmp_path)
    (tmp_path / "manifest.json").unlink()  # an edited model has no hashes
    config = tmp_path / "config.json"
    config.write_text(config.read_text().replace('"content_dim": 16', '"content_dim": 12'))
    with pytest.raises(MmcoreError) as caught:
        Model.from_pretrained(tmp_path)
    messages = str(caught.value)
    assert "\n" not in messages
    assert "another model: 'codec.modality:mnist." in messages
    assert re.search(
        r"has the shape \(\d+, \d+\) in the file and \(\d+, \d+\) in the model, and \d+ more differ",
        messages,
    )
    assert "train it again, or install the versions" in messages


def test_weights_that_are_not_there_are_told_by_name(model, tmp_path):
    model.save_pretrained(tmp_path)
    Model.from_plugins("mnist", "svhn", content_dim=16, style_dim=4).save_pretrained(tmp_path / "m")
    (tmp_path / "m" / "model.safetensors").replace(tmp_path / "model.safetensors")
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(MmcoreError, match=r"another model: .*modality:text[^\n]*$"):
        Model.from_pretrained(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beta": -1}, "beta=-1 is not valid"),
        ({"betta": 1}, "no option 'betta'.*did you mean 'beta'"),
        ({"weights": {"prior": 0.5, "mnist": 0.4}}, "weights sum to 0.9"),
        ({"weights": {"prior": 0.5, "mnits": 0.5}}, "did you mean 'mnist'"),
        ({"weights": {"prior": 1.5, "mnist": -0.5}}, "is negative"),
        ({"weights": {"mnist": 1.0}}, "leave out prior"),
        ({"dynamic_prior": "wasserstein", "js": "estimate"}, "js='estimate' is not valid"),
        ({"dynamic_prior": "hoelder", "js": "bound"}, "js=bound needs a mixture as dynamic prior"),
        ({"dynamic_prior": "mopoe"}, "'mopoe' is not an abstract mean"),
        ({"method": "mmvaeplus", "style_dim": 0}, "needs a style of size 1 or more for mnist"),
        ({"method": "dmvae", "style_dim": 0}, "needs a style of size 1 or more for mnist"),
        ({"dynamic_prior": "geometrik"}, "did you mean 'geometric'"),
        ({"likelihood_weights": {"svhn": 1.0}}, "expected modalities of this model: mnist"),
        ({"method": "mmvaeplus", "style_warmup": 0.1}, "no option 'style_warmup'"),
        ({"method": "mmjds"}, "did you mean 'mmjsd'"),
        ({"style_dim": {"mnits": 2}}, "style_dim has 'mnits', .* mean 'mnist'"),
        ({"style_dim": -1}, "style_dim=-1 is not valid"),
        ({"content_dim": 0}, "content_dim=0 is not valid"),
    ],
)
def test_bad_options_are_one_sentence(options, message):
    with pytest.raises(MmcoreError, match=message):
        Model.from_plugins("mnist", **options)


@pytest.mark.parametrize("names", [(), ("mnist", "text", "mnist")])
def test_a_model_has_different_modalities(names):
    with pytest.raises(MmcoreError, match="expected one or more different names"):
        Model.from_plugins(*names)


@pytest.mark.parametrize("rows", [-1, 2.5])
def test_a_number_of_samples_is_a_whole_number(model, rows):
    with pytest.raises(MmcoreError, match=f"rows={rows} is not valid"):
        model.generate(rows)


def test_one_target_is_a_name(model):
    values = {"text": inputs()["text"]}
    one, listed = model.translate(values, "mnist"), model.translate(values, ("mnist",))
    assert torch.equal(one["mnist"], listed["mnist"])
    assert list(one) == ["mnist"]


def test_the_folder_of_a_run_names_its_model(model, tmp_path):
    model.save_pretrained(tmp_path / "model")
    with pytest.raises(MmcoreError, match=r"has no model; .*; did you mean '.*/model'"):
        Model.from_pretrained(tmp_path)


def test_bad_inputs_are_one_sentence(model):
    values = inputs()
    with pytest.raises(MmcoreError, match="no values are given"):
        model.infer({})
    with pytest.raises(MmcoreError, match="no modality 'mnits'"):
        model.infer({"mnits": values["mnist"]})
    with pytest.raises(MmcoreError, match="different numbers of rows"):
        model.infer({"mnist": values["mnist"], "text": values["text"][:2]})
    nowhere = torch.tensor([True, False, True, True, True])
    with pytest.raises(MmcoreError, match="row 1 of the batch has no modality"):
        model.infer({"mnist": values["mnist"]}, {"mnist": nowhere})
    with pytest.raises(MmcoreError, match="no modality 'audio'"):
        model.translate({"mnist": values["mnist"]}, ("audio",))


def test_names_that_modules_use_themselves_are_fine(vectors):
    from mmcore.config import ModalityConfig, ModelConfig

    names = ["type", "values", "training", "a", "b", "a_b"]
    config = ModelConfig(
        modalities={n: ModalityConfig(kind="vector") for n in names}, content_dim=2, style_dim=0
    )
    model = Model.from_config(config, catalogue=vectors)
    assert model.infer({n: torch.zeros(2, 6) for n in names}).mean.shape == (2, 2)

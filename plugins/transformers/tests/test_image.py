import json

import pytest
import torch
from mmcore_transformers.pictures import Pictures, pictures
from mmcore_transformers.settings import HfImageSettings

from mmcore import Catalogue, Context, MmcoreError, Noise
from mmcore.data import TensorView


@pytest.fixture(scope="module")
def view():
    return Pictures().sample("test")


def fetched(view, rows=5):
    return view.fetch(torch.arange(rows), Noise(rows))


@pytest.mark.parametrize("likelihood", ["laplace", "gaussian"])
@pytest.mark.parametrize("rows", [1, 7])
def test_encodes_and_decodes_any_number_of_rows(image, view, rows, likelihood):
    modality = image(likelihood=likelihood)
    x = modality.prepare(fetched(modality.stored(view), rows))
    posterior = modality.encode(x)
    assert x.shape == (rows, *modality.event_shape)
    assert posterior.content.loc.shape == (rows, 3)
    assert posterior.style.logvar.shape == (rows, 2)
    actual = modality.decode(posterior.content.loc, posterior.style.loc)
    assert actual.log_prob(x).shape == (rows,)
    assert actual.mode.shape == x.shape
    assert modality.classifier(10)(modality.classifier_input_of(actual)).shape == (rows, 10)


@pytest.mark.parametrize("settings", [{}, {"gradient_checkpointing": True}], ids=str)
def test_everything_that_can_learn_does(image, view, settings):
    modality = image(**settings).train()
    x = modality.prepare(fetched(view))
    posterior = modality.encode(x)
    loss = -modality.decode(posterior.content.loc, posterior.style.loc).log_prob(x).sum()
    (loss + posterior.content.logvar.sum() + posterior.style.logvar.sum()).backward()
    for name, parameter in modality.named_parameters():
        assert parameter.grad is not None or "pooler" in name, name


def test_features_of_a_frozen_encoder_are_those_it_computes(image, view):
    modality = image(frozen=True)
    raw = fetched(modality.stored(view), 9)
    x = modality.prepare(raw)
    assert torch.equal(x, modality.prepare(fetched(view, 9)))
    stored, computed = modality.encode_stored(raw, x), modality.encode(x)
    assert torch.allclose(stored.content.loc, computed.content.loc, atol=1e-6)


def test_other_sizes_and_grey_pictures_are_fitted(image):
    modality = image(pictures="mnist", size=16, frozen=True)
    view = pictures(
        HfImageSettings(pictures="mnist"), Context(catalogue=Catalogue.discover())
    ).sample("test")
    raw = fetched(modality.stored(view), 3)
    x = modality.prepare(raw)
    assert x.shape == (3, 3, 16, 16)
    assert torch.equal(x[:, 0], x[:, 2])
    stored, computed = modality.encode_stored(raw, x), modality.encode(x)
    # Between them lie bytes, which the stored pictures are rounded to.
    assert torch.allclose(stored.content.loc, computed.content.loc, atol=0.02)


@pytest.mark.parametrize("kind", ["convnext", "resnet"])
def test_encoders_with_feature_maps(image, view, kind):
    config = {"model_type": kind, "depths": [1, 1], "hidden_sizes": [8, 16], "num_stages": 2}
    modality = image(config={**config, "embedding_size": 8} if kind == "resnet" else config)
    assert modality.backbone.features == 16
    assert modality.encode(modality.prepare(fetched(view))).content.loc.isfinite().all()


def test_a_folder_with_a_processor(image, view, tmp_path):
    from transformers import AutoConfig, AutoModel

    folder = tmp_path / "vit"
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = AutoConfig.for_model("vit", image_size=24, patch_size=8, intermediate_size=16, **small)
    AutoModel.from_config(config).save_pretrained(folder)
    with pytest.raises(MmcoreError, match="no readable image processor"):
        image(model=str(folder))
    document = {
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": 24, "width": 24},
        "image_mean": [0.1, 0.2, 0.3],
        "image_std": [0.4, 0.5, 0.6],
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(document))
    modality = image(model=str(folder))
    assert modality.processor.settings.side == 24
    assert modality.processor.settings.std == (0.4, 0.5, 0.6)
    again = image(**modality.portable_settings)
    again.load_state_dict(modality.state_dict())
    x = modality.prepare(fetched(view))
    assert torch.equal(again.encode(x).content.loc, modality.encode(x).content.loc)


def test_data_without_pictures_is_refused(image):
    with pytest.raises(MmcoreError, match="reads images"):
        image().stored(TensorView(torch.zeros(3, 2), torch.zeros(3)))


def test_the_sample_is_the_same_every_time_and_has_every_class(view):
    assert torch.equal(fetched(Pictures().sample("test")), fetched(view))
    assert view.labels.unique().tolist() == list(range(10))

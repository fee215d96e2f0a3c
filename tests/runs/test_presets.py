import pytest

from mmcore import MmcoreError, train
from mmcore.config.training import AdamSettings
from mmcore.plugins import Catalogue
from mmcore.runs.settings.assemble import assemble
from mmcore.runs.settings.presets import with_preset
from mmcore.runs.settings.suggestions import suggestions

KINDS = {name: name for name in ("mnist", "svhn", "text")}


def configured(choices):
    """Return the configuration that the commands make of choices."""
    chosen = with_preset("paper", KINDS, choices)
    return assemble(KINDS, {**chosen, **suggestions(KINDS, chosen, Catalogue.discover())})


def test_the_preset_of_the_paper_has_its_settings_whatever_the_defaults_are():
    config = configured({})
    training, model = config.training, config.model
    assert (training.batch_size, training.learning_rate, training.optimizer) == (256, 5e-4, "adam")
    adam = AdamSettings(**training.optimizer_options)
    assert adam == AdamSettings(schedule="constant", warmup=None, weight_decay=0.0)
    assert training.gradient_clip is None
    assert training.relative_clip is None
    assert training.generation_prior == "standard"
    assert training.regression is False
    assert model.options == {
        "beta": 2.5,
        "style_warmup": 0.0,
        "style_cross_gradient": 1.0,
        "style_weights": {"mnist": 1.0, "svhn": 1.0, "text": 1.0},
    }
    assert config.model.modalities["svhn"].settings == {"tint": False}


def test_choices_have_priority_over_a_preset():
    config = configured({"learning_rate": 1e-3, "adam.schedule": "linear"})
    assert config.training.learning_rate == 1e-3
    assert config.training.optimizer_options == {"schedule": "linear"}
    assert config.model.options["beta"] == 2.5


def test_without_a_preset_nothing_changes():
    assert with_preset(None, KINDS, {"steps": 5}) == {"steps": 5}


@pytest.mark.parametrize(
    ("name", "modalities", "message"),
    [
        ("papr", ("mnist",), "--preset is 'papr', expected paper; did you mean 'paper'"),
        ("paper", (), "--preset paper needs --modalities, such as mnist,svhn,text"),
    ],
)
def test_a_preset_that_cannot_be_used_is_one_sentence(name, modalities, message):
    with pytest.raises(MmcoreError) as caught:
        train(*modalities, preset=name)
    assert message in str(caught.value)

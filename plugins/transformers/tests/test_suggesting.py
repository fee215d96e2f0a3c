import pytest

from mmcore.plugins import Catalogue
from mmcore.runs.settings.suggestions import suggestions


@pytest.mark.parametrize(
    ("options", "rate"),
    [
        ({}, None),
        ({"hf-text.model": "owner/name"}, 2e-4),
        ({"hf-text.config": "config.json"}, 2e-4),
        ({"hf-text.model": "owner/name", "hf-text.lora_rank": 4}, 2e-4),
        ({"hf-text.model": "owner/name", "hf-text.frozen": True}, None),
    ],
    ids=str,
)
def test_an_encoder_of_ones_own_is_trained_slower_unless_it_is_frozen(options, rate):
    names = {"mnist": "mnist", "hf-text": "hf-text"}
    actual = suggestions(names, options, Catalogue.discover())
    own = {} if rate is None else {"learning_rate": rate}
    assert actual == {"style_cross_gradient": 0.1} | own

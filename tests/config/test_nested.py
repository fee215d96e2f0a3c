"""Options of nested components in the short form mean what the long form means."""

import pytest

from mmcore import Model
from mmcore.config.components import CustomSettings, MmJsdSettings
from mmcore.config.nested import options_field, with_nested
from mmcore.errors import MmcoreError
from mmcore.runs.settings.assemble import assemble


def test_the_short_form_is_the_long_form():
    long = {"dynamic_prior": "power", "dynamic_prior_options": {"power": -2.0}}
    short = {"dynamic_prior": "power", "power.power": -2.0}
    assert with_nested(MmJsdSettings, short) == long


def test_a_default_component_is_named_too():
    assert options_field(CustomSettings, {}, "product") == "posterior_options"
    assert options_field(CustomSettings, {"posterior": "mopoe"}, "product") is None


def test_a_nested_component_of_a_nested_component():
    options = {"posterior": "fusion", "fusion.aggregator": "power", "fusion.power.power": -3.0}
    model = Model.from_plugins("text", method="custom", **options)
    assert model.inference.aggregator.power == -3.0


@pytest.mark.parametrize(
    ("choices", "place"),
    [
        ({"prior": "mine", "mine.k": 3}, ("model", "prior_options")),
        ({"style_prior": "mine", "mine.k": 3}, ("model", "style_prior_options")),
    ],
)
def test_options_of_components_of_a_run(choices, place):
    config = assemble({"text": "text"}, choices).model_dump()
    assert config[place[0]][place[1]] == {"k": 3}


def test_the_method_resolves_options_that_name_a_component():
    chosen = assemble({"text": "text"}, {"dynamic_prior": "power", "power.power": -2.0})
    model = Model.from_config(chosen.model)
    assert model.inference.aggregator.power == -2.0


def test_a_component_that_nothing_names_is_refused():
    with pytest.raises(MmcoreError, match=r"has no option 'powr\.power'"):
        Model.from_plugins("text", **{"powr.power": 1})
    with pytest.raises(MmcoreError, match=r"'powr'.*did you mean 'power'"):
        assemble({"text": "text"}, {"dynamic_prior": "power", "powr.power": 1})

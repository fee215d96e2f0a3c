import pytest
from pydantic import BaseModel, ConfigDict

from mmcore import MmcoreError
from mmcore.config import RunConfig
from mmcore.plugins import Catalogue, ComponentSpec, Suggestion
from mmcore.plugins.discovery import PluginRecord
from mmcore.runs.settings.assemble import SECTIONS, assemble
from mmcore.runs.settings.suggestions import announcement, suggestions


class Wide(BaseModel):
    model_config = ConfigDict(extra="forbid")
    width: int = 4


def by_width(settings):
    return Suggestion(learning_rate=None if settings.width < 100 else 1e-4)


@pytest.fixture
def catalogue():
    """Modalities that suggest different things, beside the core's own components."""
    messages = {
        "sure": Suggestion(content_dim=32, style_dim=8, prior_weight=0.3),
        "too": Suggestion(content_dim=32, prior_weight=0.3),
        "other": Suggestion(content_dim=64, style_dim=2, prior_weight=0.5),
        "silent": Suggestion(),
        "vivid": Suggestion(style_cross_gradient=0.1),
        "slow": Suggestion(learning_rate=1e-3),
        "slower": Suggestion(learning_rate=2e-4),
        "wide": f"{__name__}:by_width",
    }
    specs = tuple(
        ComponentSpec(
            kind="modality",
            name=name,
            factory="mmcore:Modality",
            settings=f"{__name__}:Wide",
            suggests=suggestion,
        )
        for name, suggestion in messages.items()
    )
    core = Catalogue.discover({"MMCORE_PLUGINS": ""}).records
    return Catalogue([*core, PluginRecord("toys", "toys", "1", "ok", specs)])


def suggested(catalogue, *names, **choices):
    return suggestions({name: name for name in names}, choices, catalogue)


def test_what_all_who_speak_agree_on_is_taken(catalogue):
    actual = suggested(catalogue, "sure", "silent", "too")
    assert actual["content_dim"] == 32
    assert actual["sure.style_dim"] == 8
    assert "too.style_dim" not in actual
    assert actual["weights"]["prior"] == 0.3
    assert sum(actual["weights"].values()) == pytest.approx(1)
    assert len(set(actual["weights"][name] for name in ("sure", "silent", "too"))) == 1


def test_where_they_disagree_the_core_decides(catalogue):
    actual = suggested(catalogue, "sure", "other")
    assert actual == {"sure.style_dim": 8, "other.style_dim": 2}


def test_of_learning_rates_the_smallest_is_taken(catalogue):
    assert suggested(catalogue, "slow", "slower", "silent")["learning_rate"] == 2e-4
    assert "learning_rate" not in suggested(catalogue, "sure")
    assert "learning_rate" not in suggested(catalogue, "slow", learning_rate=5e-3)


def test_a_suggestion_may_depend_on_the_options_of_its_modality(catalogue):
    assert suggested(catalogue, "wide") == {}
    chosen = {"wide.width": 200, "wide.style_dim": 3, "widest.width": 1}
    assert suggested(catalogue, "wide", **chosen) == {"learning_rate": 1e-4}
    with pytest.raises(MmcoreError, match="widht"):
        suggested(catalogue, "wide", **{"wide.widht": 200})


def test_what_the_user_has_chosen_stands(catalogue):
    chosen = {"content_dim": 5, "style_dim": 3, "weights": {"prior": 0.2, "sure": 0.8}}
    assert suggested(catalogue, "sure", **chosen) == {}
    assert "sure.style_dim" not in suggested(catalogue, "sure", **{"sure.style_dim": 1})


def test_a_method_that_weighs_no_prior_is_not_given_weights(catalogue):
    assert "weights" in suggested(catalogue, "sure", method="mmjsd")
    assert "weights" not in suggested(catalogue, "sure", method="mvae")


def test_a_share_of_the_gradient_is_for_methods_that_have_it(catalogue):
    assert suggested(catalogue, "vivid", "silent") == {"style_cross_gradient": 0.1}
    assert suggested(catalogue, "vivid", method="mmvaeplus") == {}
    assert suggested(catalogue, "vivid", style_cross_gradient=0.5) == {}


def test_suggestions_are_choices_that_make_a_configuration(catalogue):
    names = {"left": "sure", "right": "too"}
    config = assemble(names, suggestions(names, {}, catalogue))
    assert config.model.content_dim == 32
    assert config.model.style_dims == {"left": 8, "right": 4}
    assert config.model.options["weights"] == {"prior": 0.3, "left": 0.35, "right": 0.35}


def test_they_are_said_in_one_line(catalogue):
    (line,) = announcement(suggested(catalogue, "sure"))
    assert "content_dim 32, weights prior=0.3,sure=0.7, sure.style_dim 8" in line
    assert "\n" not in line
    assert announcement({}) == []


def test_a_choice_has_one_place():
    """`--seed` would otherwise be taken by the first section that has a field of this name."""
    names = [name for model in (*SECTIONS.values(), RunConfig) for name in model.model_fields]
    assert len(names) == len(set(names))
    assert assemble({"a": "text"}, {"seed": 5}).seed == 5


def test_none_is_the_value_null():
    """`--set relative_clip=null` removes the limit; the default is 5."""
    assert assemble({"a": "text"}, {"relative_clip": None}).training.relative_clip is None
    with pytest.raises(MmcoreError, match="learning_rate=None is not valid"):
        assemble({"a": "text"}, {"learning_rate": None})

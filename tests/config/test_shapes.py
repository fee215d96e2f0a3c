"""A value of another type is reported in the words of YAML."""

import pytest

from mmcore.config.study import StudyConfig
from mmcore.config.validation import sentence
from mmcore.storage.documents import parse_yaml


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("modalities: [{kind: table, file: a.csv}]", "a mapping, such as {name: value}"),
        ("modalities: {a: table}", "a mapping, such as {name: value}"),
    ],
)
def test_a_list_in_place_of_a_mapping_is_named(text, expected):
    with pytest.raises(ValueError, match="validation error") as caught:
        StudyConfig.model_validate(parse_yaml(text, "study.yaml"))
    assert expected in sentence(caught.value, StudyConfig, "the study")

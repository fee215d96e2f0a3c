"""Names of modalities, which become names of files, parameters, options and subsets."""

import pytest
from pydantic import ValidationError

from mmcore.config import ModelConfig
from mmcore.config.names import LONGEST, valid_name
from mmcore.config.study import StudyConfig, StudyData
from mmcore.config.validation import sentence
from tests.support.hostile import HOSTILE

WRONG = (
    *HOSTILE,
    "a.b",
    "../x",
    "a/b",
    "a+b",
    "",
    " a",
    "(all available)",
    "prior",
    "labels",
    "x" * 51,
)
FINE = ("mnist", "a b", "mRNA (log)", "[b]", "數據", "$x_$")


def is_valid(name):
    try:
        ModelConfig.model_validate({"modalities": {name: {"kind": "x"}}})
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", FINE)
def test_a_name_of_letters_is_accepted_and_kept(name):
    assert is_valid(name)
    assert valid_name(name) == name


@pytest.mark.parametrize("name", WRONG)
def test_the_nearest_valid_name_is_valid(name):
    assert is_valid(valid_name(name))
    assert len(f".tmp-12345678-random-{valid_name(name)}.png".encode()) <= 255


@pytest.mark.parametrize(
    "name", ["a.b", "a/b", "a+b", "a=b", "a,b", "..", "a\x1b[31m", "\u202eb", "b" * 51]
)
def test_a_name_that_cannot_be_a_file_or_an_option_is_refused_in_a_sentence(name):
    place = {"file": "a.csv"}
    documents = {
        ModelConfig: {"modalities": {name: {"kind": "x"}}},
        StudyConfig: {"modalities": {name: {"kind": "x"}}},
        StudyData: {"records": {name: place}},
    }
    for model, document in documents.items():
        with pytest.raises(ValidationError) as error:
            model.model_validate(document)
        text = sentence(error.value, model, "the study")
        assert f"such as {valid_name(name)!r}" in text
        assert f"1 to {LONGEST} letters" in text
        assert "[key]" not in text

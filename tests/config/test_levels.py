"""Messages name the part of a study file that has a key, and offer no option that training records set."""

import pandas as pd
import pytest
import yaml

from mmcore.config import FITTED
from mmcore.config.study import StudyConfig
from mmcore.data.tables.check import check_study
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.runs.folder.files import read_config_or_study

CATALOGUE = Catalogue.discover()


def study(**options):
    return {"modalities": {"a": {"kind": "table", "file": "a.csv"} | options}}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"missing": ["?"]}, "modality 'a' has no option 'missing'; .* the study file, beside"),
        ({"method": "mopoe"}, "modality 'a' has no option 'method'; .* belongs to 'model'"),
        ({"steps": 100}, "modality 'a' has no option 'steps'; .* belongs to 'training'"),
        ({"stratify": "x"}, "modality 'a' has no option 'stratify'; .* belongs to 'split'"),
    ],
)
def test_a_key_of_a_modality_that_belongs_elsewhere_is_placed(tmp_path, options, problem):
    pd.DataFrame({"id": range(9), "x": range(9)}).to_csv(tmp_path / "a.csv", index=False)
    config = StudyConfig.model_validate(study(**options))
    with pytest.raises(MmcoreError, match=problem):
        check_study(config, tmp_path, CATALOGUE)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (
            study() | {"columns": ["x"]},
            "no option 'columns'; 'columns' belongs to a modality, below",
        ),
        (study() | {"steps": 9}, "no option 'steps'; 'steps' belongs to 'training'"),
        (
            study() | {"split": {"missing": []}},
            r"no option 'split\.missing'; .* the study file, be",
        ),
        (study() | {"mising": []}, "no option 'mising', it has .*; did you mean 'missing'"),
    ],
)
def test_a_key_of_a_study_that_belongs_elsewhere_is_placed(tmp_path, document, problem):
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(MmcoreError, match=problem):
        read_config_or_study(tmp_path / "study.yaml")


@pytest.mark.parametrize("kind", CATALOGUE.names("modality"))
def test_a_message_offers_no_option_that_is_set_from_the_training_records(kind):
    fields = CATALOGUE.settings_model("modality", kind).model_fields
    fitted = {name for name, field in fields.items() if field.json_schema_extra == FITTED}
    set_from = {name for name, field in fields.items() if "set from" in str(field.description)}
    assert set_from <= fitted
    with pytest.raises(MmcoreError, match="it has ") as raised:
        CATALOGUE.settings("modality", kind, {"nothing_like_it": 1})
    offered = str(raised.value).partition("it has ")[2].partition(";")[0].split(", ")
    assert set(offered) == (fields.keys() - fitted or {"none"})

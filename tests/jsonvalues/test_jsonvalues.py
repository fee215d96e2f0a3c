"""Values in JSON are those of the files, and come back as they went out."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import TypeAdapter, ValidationError
from support.mixed import SIDE, mixed_run

from mmcore import MmcoreError, Model, Noise
from mmcore.jsonvalues import forms_of, record_type, records_data
from mmcore.plugins import Catalogue
from mmcore.runs.prediction import open_query
from mmcore.runs.run import Run

NAMES = ("blood", "scan", "note")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    return mixed_run(tmp_path_factory.mktemp("mixed"))


@pytest.fixture(scope="module")
def run(mixed):
    return Run.open(mixed.run)


@pytest.fixture(scope="module")
def forms(run):
    return forms_of(run.model)


def encoded(picture, **options):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG", **options)
    return base64.b64encode(file.getvalue()).decode()


def in_json(mixed, ids):
    """Return records of the study in JSON, as a client would write them."""
    records = []
    for key in ids:
        cells = mixed.blood.loc[key]
        record = {"blood": {c: v for c, v in cells.items() if v is not None and v == v}}
        if key in mixed.pictures:
            record["scan"] = encoded(mixed.pictures[key])
        record["note"] = mixed.notes.get(key)
        records.append(record)
    return json.loads(json.dumps(records))


def test_records_in_json_are_those_in_files(mixed, run, forms):
    ids = [*mixed.blood.index[:6], *mixed.blood.index[-2:]]
    data = open_query(run, mixed.new(ids, *NAMES)).data
    files, rows = data.splits["new"], torch.arange(len(ids))
    ours = records_data(forms, in_json(mixed, ids), ids).splits["new"]
    assert ours.ids.tolist() == files.ids.tolist()
    one, other = ours.fetch(rows, Noise(len(ids))), files.fetch(rows, Noise(len(ids)))
    for name in NAMES:
        assert one.present[name].equal(other.present[name])
        present = one.present[name]
        assert one.values[name].dtype == other.values[name].dtype
        a, b = one.values[name][present], other.values[name][present]
        torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)


def test_what_is_written_is_read_as_the_same_value(run, forms):
    model = run.model
    generated = model.generate(5)
    for name, form in forms.items():
        values = json.loads(json.dumps(form.write(generated[name])))
        ids = records_data({name: form}, [{name: v} for v in values]).splits["new"].ids
        stored = form.read(values, ids).values
        again = form.write(model.codec[name].prepare(stored))
        assert again == values if name != "blood" else near(again, values)


def near(rows, others):
    cells = [(a[c], b[c]) for a, b in zip(rows, others, strict=True) for c in a]
    numbers = [pair for pair in cells if not isinstance(pair[0], str)]
    assert all(a == b for a, b in cells if isinstance(a, str))
    return np.allclose(*zip(*numbers, strict=True), rtol=1e-6)


def test_a_table_names_its_columns_and_categories(forms):
    assert forms["blood"].categories == {"sex": ("female", "male")}
    schema = TypeAdapter(record_type(forms)).json_schema()
    assert list(schema["properties"]) == list(NAMES)
    assert list(schema["$defs"]["blood"]["properties"]) == ["age", "visits", "sex", "day"]


@pytest.mark.parametrize(
    "record",
    [{"blod": {}}, {"blood": {"agee": 1}}, {"blood": {"age": [1]}}, {"note": 3}, {"scan": 3}],
)
def test_the_schema_refuses(forms, record):
    with pytest.raises(ValidationError):
        TypeAdapter(record_type(forms)).validate_python(record)


SMALL = encoded(np.zeros((SIDE, SIDE + 1), np.uint8))
BAD = {
    "no value": ({"blood": {"age": None}, "scan": None}, "record '0' has no value"),
    "modality": ({"blod": {}}, "a modality 'blod', expected blood, .* mean 'blood'"),
    "column": ({"blood": {"agee": 1}}, "no column 'agee', .* mean 'age'"),
    "word": ({"blood": {"age": "old"}}, "'old' in the numeric column 'age', row '0'"),
    "size": ({"scan": SMALL}, f"{SIDE + 1} x {SIDE} pixels, expected {SIDE} x {SIDE}"),
    "base64": ({"scan": "no picture!"}, "is no picture: 'no picture!'"),
    "bytes": ({"scan": base64.b64encode(b"GIF89a..").decode()}, "expected a PNG or JPEG file"),
    "cut": ({"scan": encoded(np.eye(SIDE, dtype=np.uint8))[:60]}, "is no picture"),
    "long": ({"note": "x" * 99}, "has 99 characters, expected at most 5"),
    "large": ({"blood": {"age": 1e30}}, r"1e\+30 in column 'age'"),
}


@pytest.mark.parametrize(("record", "message"), BAD.values(), ids=BAD)
def test_a_bad_value_is_one_sentence(forms, record, message):
    with pytest.raises(MmcoreError, match=message):
        records_data(forms, [record])


def test_ids_are_unique_and_as_many_as_records(forms):
    record = {"note": "calm"}
    with pytest.raises(MmcoreError, match="'a' is given more than once"):
        records_data(forms, [record, record], ["a", "a"])
    with pytest.raises(MmcoreError, match="1 ids for 2 records"):
        records_data(forms, [record, record], ["a"])


KINDS = {
    "mnist": "pictures",
    "svhn": "pictures",
    "text": "texts",
    "vector": "numbers",
}


@pytest.mark.parametrize("kind", KINDS)
def test_modalities_of_data_sets_have_forms(kind, vectors):
    model = Model.from_plugins(
        kind, content_dim=2, catalogue=vectors if kind == "vector" else Catalogue.discover()
    ).eval()
    (form,) = forms_of(model).values()
    assert form.kind == KINDS[kind]
    values = json.loads(json.dumps(form.write(model.generate(2)[kind])))
    data = records_data({kind: form}, [{kind: value} for value in values])
    assert data.splits["new"].fetch(torch.arange(2), Noise(2)).values[kind].shape[0] == 2


def test_missing_numbers_need_an_encoder_that_takes_them(vectors):
    model = Model.from_plugins("vector", content_dim=2, catalogue=vectors).eval()
    forms, size = forms_of(model), model.codec["vector"].event_shape.numel()
    with pytest.raises(MmcoreError, match="has values that are no numbers of the shape"):
        records_data(forms, [{"vector": [[1.0], 2.0]}])
    gap = [None, *[0.5] * (size - 1)]
    with pytest.raises(MmcoreError, match="null among its numbers"):
        records_data(forms, [{"vector": gap}])

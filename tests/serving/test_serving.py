"""Answers of the service are those of the command line and of the model; bad requests are one sentence."""

import json
import re

import pandas as pd
import pytest
import torch

pytest.importorskip("fastapi", reason="needs the extra serve")

from starlette.testclient import TestClient

from mmcore.jsonvalues import forms_of
from mmcore.model import Model
from mmcore.plugins import Catalogue
from mmcore.runs.prediction import ImputeSettings, ScoreSettings, embed, impute, score
from mmcore.serving.app import create_app
from mmcore.serving.limits import Limits
from mmcore.serving.schemas import Embeddings, Schemas, Scores
from mmcore.serving.service import Service

NAMES = ("blood", "note")


@pytest.fixture(scope="module")
def some(served):
    """Records of the study in JSON and the file with the same records."""
    ids = [*served.mixed.blood.index[:3], served.mixed.blood.index[-1]]
    records = []
    for key in ids:
        cells = {c: v for c, v in served.mixed.blood.loc[key].items() if v is not None and v == v}
        records.append({"blood": cells, "note": served.mixed.notes.get(key)})
    return records, ids, served.mixed.new(ids, *NAMES)


def posted(served, path, **body):
    answer = served.client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["records"]


@pytest.mark.parametrize("posterior", ["generation", "corrected"])
def test_imputed_records_are_the_table_of_the_command(served, some, posterior):
    records, ids, file = some
    settings = ImputeSettings(seed=5, samples=30, level=0.8, posterior=posterior)
    table = impute(served.mixed.run, file, settings).set_index("id")
    answers = posted(
        served,
        "/impute",
        records=records,
        ids=ids,
        seed=5,
        samples=30,
        level=0.8,
        posterior=posterior,
    )
    compared = 0
    for answer in answers:
        row = table.loc[answer["id"]]
        for column, value in answer["values"]["blood"].items():
            assert value == row[f"blood.{column}"]
            assert answer["observed"]["blood"][column] == row[f"blood.{column}__observed"]
            for part in ("low", "high", "probability"):
                cell = row.get(f"blood.{column}__{part}")
                assert answer[part]["blood"].get(column) == (None if pd.isna(cell) else cell)
                compared += not pd.isna(cell)
        assert answer["values"]["note"] == row["note.text"]
        if posterior == "corrected" and pd.notna(row["effective_samples"]):
            assert answer["effective_samples"] == row["effective_samples"]
    assert compared >= 5


def test_embeddings_and_scores_are_those_of_the_commands(served, some):
    records, ids, file = some
    table = embed(served.mixed.run, file, seed=3).set_index("id")
    for answer in posted(served, "/embed", records=records, ids=ids, seed=3):
        row = table.loc[answer["id"]]
        assert answer["given"] == row["given"].split("+")
        assert answer["mean"] == [row[f"mean_{d}"] for d in range(3)]
        assert answer["sd"] == [row[f"sd_{d}"] for d in range(3)]
        assert answer["nats"] == {n: row[f"nats.{n}"] for n in answer["given"]}
    settings = ScoreSettings(samples=16, by_modality=True, seed=2)
    table = score(served.mixed.run, file, settings).set_index("id")
    body = {"records": records, "ids": ids, "samples": 16, "by_modality": True, "seed": 2}
    for answer in posted(served, "/score", **body):
        row = table.loc[answer["id"]]
        assert answer["log_p"] == row["log_p"]
        assert answer["by_modality"] == {n: row[f"log_p.{n}"] for n in answer["given"]}


def test_generated_records_are_those_of_the_model(served, some):
    forms = forms_of(served.model)
    generated = served.model.generate(2, seed=7)
    answers = posted(served, "/generate", rows=2, seed=7)
    for name, form in forms.items():
        assert [answer[name] for answer in answers] == form.write(generated[name])
    note = some[0][0]["note"]
    translated = served.model.translate({"note": [note] * 2}, ["scan"], seed=7)
    given = posted(served, "/generate", rows=2, seed=7, given={"note": note}, modalities=["scan"])
    assert [answer["scan"] for answer in given] == forms["scan"].write(translated["scan"])
    assert given[0] != given[1]


def test_given_values_do_not_change_and_a_picture_is_imputed(served):
    picture = posted(served, "/generate", modalities=["scan"])[0]["scan"]
    first, second = posted(served, "/impute", records=[{"scan": picture}, {"note": "calm"}])
    assert first["values"]["scan"] == picture
    assert (first["observed"]["scan"], second["observed"]["scan"]) == (True, False)
    (value,) = forms_of(served.model)["scan"].read([second["values"]["scan"]], [""]).values
    assert value.shape == served.model.codec["scan"].event_shape


def test_an_answer_does_not_depend_on_earlier_requests(served, some):
    body = {"records": some[0], "samples": 30}
    first = posted(served, "/impute", **body)
    torch.manual_seed(99)
    posted(served, "/generate", rows=3)
    assert posted(served, "/impute", **body) == first


def test_answers_have_the_form_that_the_schema_states(served, some):
    schemas = Schemas.of(forms_of(served.model), Limits())
    body = {"records": some[0]}
    schemas.imputed.model_validate(served.client.post("/impute", json=body).json())
    schemas.generated.model_validate(served.client.post("/generate", json={}).json())
    Embeddings.model_validate(served.client.post("/embed", json=body).json())
    Scores.model_validate(served.client.post("/score", json=body).json())
    document = served.client.get("/openapi.json").json()
    assert set(document["paths"]) == {"/health", "/impute", "/embed", "/score", "/generate"}
    assert set(document["components"]["schemas"]["Record"]["properties"]) == {
        "blood",
        "scan",
        "note",
    }
    assert "http" not in json.dumps(document)


def test_the_seed_of_an_embedding_is_that_of_the_request(served, some):
    """The information that a modality adds to a mixture is estimated by draws."""
    config = served.model.config.model_copy(update={"method": "mmvae"})
    mixture = Model.from_config(config, seed=1, catalogue=Catalogue.discover()).eval()
    app = create_app(Service(mixture), "mixture", Limits())
    with TestClient(app, base_url="http://localhost") as client:
        bodies = [{"records": some[0], "seed": seed} for seed in (3, 3, 4)]
        answers = [client.post("/embed", json=body).json()["records"] for body in bodies]
    first, again, other = [[answer["nats"] for answer in records] for records in answers]
    assert first == again
    assert first != other


def test_the_default_number_of_draws_is_at_most_the_limit(served):
    schemas = Schemas.of(forms_of(served.model), Limits(samples=20))
    for request in (schemas.impute, schemas.score):
        assert request.model_validate({"records": [NOTE]}).samples == 20


def test_a_request_beyond_the_waiting_ones_is_refused(served):
    app = create_app(Service(served.model), "mixed", Limits(waiting=0))
    with TestClient(app, base_url="http://localhost") as client:
        answer = client.post("/embed", json={"records": [NOTE]})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_health_names_the_modalities(served):
    answer = served.client.get("/health").json()
    assert (answer["status"], answer["modalities"]) == ("ok", ["blood", "scan", "note"])


NOTE = {"note": "calm"}
BAD = {
    "no JSON": ("/embed", b"{", 422, "is no JSON"),
    "no object": ("/embed", b"[]", 422, "the request: its body=.* is not valid"),
    "nothing": ("/embed", b"", 422, "the request is empty"),
    "deep": ("/embed", b'{"records":' + b"[" * 100_000, 400, "cannot be read"),
    "no records": ("/embed", {}, 422, "the request needs 'records'"),
    "none": ("/embed", {"records": []}, 422, "at least 1 item"),
    "field": ("/embed", {"recods": []}, 422, "has no 'recods', .* mean 'records'"),
    "modality": ("/embed", {"records": [{"note": "a", "blod": {}}]}, 422, "mean 'blood'"),
    "column": (
        "/embed",
        {"records": [{"blood": {"agee": 1}}]},
        422,
        "'records.0.blood' has no 'agee', .*'age'",
    ),
    "cell": (
        "/embed",
        {"records": [{"blood": {"age": [1]}}]},
        422,
        r"age=\[1\] is not valid; expected a number, a text or null",
    ),
    "nan": ("/embed", b'{"records": [{"blood": {"age": NaN}}]}', 422, "expected a number"),
    "half a character": ("/embed", b'{"records": [{"note": "\\ud800"}]}', 422, "note"),
    "half of an id": (
        "/embed",
        b'{"records": [{"note": "a"}], "ids": ["\\ud800"]}',
        422,
        "half of",
    ),
    "word": (
        "/embed",
        {"records": [{"blood": {"age": "old"}}]},
        422,
        "'old' in the numeric column",
    ),
    "picture": ("/embed", {"records": [{"scan": "x"}]}, 422, "is no picture"),
    "no value": ("/embed", {"records": [NOTE, {}]}, 422, "record '1' has no value"),
    "only an unknown category": (
        "/embed",
        {"records": [NOTE, {"blood": {"sex": "unknown"}}]},
        422,
        "record '1' has no value that the model can read .*column 'sex' have other values",
    ),
    "only an unknown category to impute": (
        "/impute",
        {"records": [{"blood": {"sex": "unknown"}}, NOTE]},
        422,
        "record '0' has no value that the model can read",
    ),
    "many": ("/embed", {"records": [NOTE] * 6}, 422, "at most 5 items"),
    "ids": ("/embed", {"records": [NOTE], "ids": ["a", "b"]}, 422, "2 ids for 1 records"),
    "level": ("/impute", {"records": [NOTE], "level": 2}, 422, "level=2 is not valid"),
    "tails": ("/impute", {"records": [NOTE], "samples": 3}, 422, "3 samples are too few"),
    "samples": ("/score", {"records": [NOTE], "samples": 10**6}, 422, "less than or equal to 1000"),
    "rows": ("/generate", {"rows": 6}, 422, "rows=6 is not valid"),
    "target": (
        "/generate",
        {"modalities": ["nose"]},
        422,
        "should be 'blood', 'scan' or 'note'",
    ),
    "large": ("/embed", {"records": [{"note": "x" * (1 << 20)}]}, 413, "more than 1 MiB"),
    "path": ("/imput", {}, 404, "there is no '/imput'"),
}


@pytest.mark.parametrize(("path", "body", "status", "message"), BAD.values(), ids=BAD)
def test_a_bad_request_is_one_sentence(served, path, body, status, message):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = served.client.post(path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    assert re.search(message, answer.json()["error"])


def test_a_body_without_a_length_is_limited_too(served):
    parts = (b"x" * 1000 for _ in range(2000))
    answer = served.client.post(
        "/embed", content=parts, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413


def test_other_names_of_the_machine_and_other_methods_are_refused(served):
    assert served.client.get("/health", headers={"host": "evil.example"}).status_code == 400
    answer = served.client.get("/impute")
    assert (answer.status_code, "does not take GET" in answer.json()["error"]) == (405, True)
    assert served.client.get("/docs").status_code == 404

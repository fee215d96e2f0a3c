"""The page makes no request to another server, and every failure is a sentence in JSON."""

import re
from importlib.resources import files

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from mmcore import MmcoreError
from mmcore.cli.app import app
from mmcore.demo.app import HEADERS, PAGES, application
from mmcore.demo.model import DemoModel

NAMESPACE = "http://www.w3.org/2000/svg"
"""A name and no address: a browser does not open it."""


@pytest.fixture(scope="module")
def client(mixed):
    return TestClient(application(DemoModel.open(mixed.run)), base_url="http://127.0.0.1")


def test_every_page_is_served_with_the_policy_and_has_no_address_of_another_server(client):
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 200
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        text = answer.text.replace(NAMESPACE, "")
        assert not re.search(r"[\"'(]\s*(https?:)?//", text), path
        assert "@import" not in text


def test_the_policy_allows_this_server_alone():
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    sources = {word for part in policy.split(";") for word in part.split()[1:]}
    assert sources == {"'none'", "'self'", "data:", "blob:"}


def test_scripts_and_styles_are_files_of_the_page(client):
    page = client.get("/").text
    assert not re.search(r"<style|<script(?![^>]* src=)|\son\w+=|\sstyle=|javascript:", page)
    named = re.findall(r"(?:src|href)=\"([^\":]+)\"", page)
    scripts = [file for file in files("mmcore.demo").joinpath("page").iterdir()]
    for file in scripts:
        named += re.findall(r"from \"\./([\w.]+)\"", file.read_text())
    assert {f"/{name}" for name in named} <= PAGES.keys()
    assert {file.name for file in scripts} == {
        place.removeprefix("page/") for _, place, _ in PAGES.values() if place.startswith("page/")
    }


def test_texts_are_never_inserted_as_markup():
    for file in files("mmcore.demo").joinpath("page").iterdir():
        forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\("
        assert not re.search(forbidden, file.read_text()), file.name


def test_a_visitor_gives_a_value_and_receives_the_others(client):
    described = client.get("/api/model").json()
    forms = {one["name"]: one["form"] for one in described["modalities"]}
    assert forms == {"blood": "cells", "scan": "pictures", "note": "texts"}
    assert described["modalities"][0]["columns"]["sex"] == ["female", "male"]
    key = described["records"][0]
    assert client.get("/api/record", params={"id": key}).json()["values"]
    request = {"given": {"note": {"value": "calm"}}, "styles": 2}
    for path in ("generate", "walk", "sample"):
        assert client.post(f"/api/{path}", json=request).status_code == 200


BAD = [
    ({"json": {"given": {"note": {"value": 3}}}}, 422, "'note' is not valid"),
    ({"json": {"given": {}}}, 422, "nothing is given"),
    ({"json": {"styles": 0}}, 422, "styles=0 is not valid"),
    ({"json": [1]}, 422, "the request"),
    ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "no JSON"),
    ({"content": b"[" * 9999, "headers": {"content-type": "application/json"}}, 400, "no JSON"),
    ({"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "another type"),
    ({"content": b" " * (9 << 20), "headers": {"content-type": "application/json"}}, 413, "8 MiB"),
]


@pytest.mark.parametrize(("request_", "status", "message"), BAD)
def test_a_bad_request_is_a_sentence(client, request_, status, message):
    answer = client.post("/api/generate", **request_)
    assert answer.status_code == status
    assert message in answer.json()["error"]
    assert "Traceback" not in answer.text


def test_an_unknown_address_and_a_foreign_name_of_the_server_are_refused(client):
    assert client.get("/etc/passwd").json() == {"error": "Not Found"}
    assert client.get("/api/generate").status_code == 405
    # A page of another site whose name leads to this machine cannot read the answers.
    assert client.get("/api/model", headers={"host": "evil.example"}).status_code == 400


def test_a_run_that_does_not_exist_is_a_sentence():
    result = CliRunner().invoke(app, ["demo", "no-such-run"])
    assert isinstance(result.exception, MmcoreError)
    assert "'no-such-run' is neither the folder of a run nor an installed model" in str(
        result.exception
    )

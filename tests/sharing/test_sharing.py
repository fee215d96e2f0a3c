"""A model that is pushed to a stand-in of the Hub comes back equal, with nothing but safetensors and JSON."""

import pytest
import torch
import yaml
from support.hub import local_hub
from support.mixed import mixed_run
from typer.testing import CliRunner

from mmcore import MmcoreError, Model
from mmcore.cli.app import app
from mmcore.config.evaluation import EvaluationSettings
from mmcore.reporting.record import Column, EvaluationRecord, MetricRecord, Table
from mmcore.runs.run import Run
from mmcore.sharing.card import card_of

hub_package = pytest.importorskip("huggingface_hub", reason="needs the extra hub")
# Of huggingface_hub itself, which uploads large files by an argument that its library of HTTP renames.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with local_hub() as own:
        monkeypatch.setenv("HF_ENDPOINT", own.url)
        monkeypatch.setenv("HF_TOKEN", "hf_token_of_a_test")
        monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        # Large files by Git LFS: the protocol of Xet has no stand-in.
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_PROGRESS_BARS", True)
        yield own


@pytest.fixture
def make(vectors):
    def model(seed):
        return Model.from_plugins("vector", content_dim=2, seed=seed, catalogue=vectors).eval()

    return model


def equal(one, other):
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_a_pushed_model_comes_back_equal(hub, make, vectors):
    address = make(1).push_to_hub("lab/digits", licence="cc-by-4.0")
    assert address.startswith(f"{hub.url}/lab/digits/commit/")
    assert hub.private == {"lab/digits": True}
    files = set(hub.models["lab/digits"]["main"]) - {".gitattributes"}
    assert files == {"README.md", "config.json", "model.safetensors", "manifest.json"}
    assert equal(Model.from_pretrained("lab/digits", catalogue=vectors), make(1))


def test_a_revision_is_a_branch_of_its_own(hub, make, vectors):
    make(1).push_to_hub("lab/digits")
    make(2).push_to_hub("lab/digits", revision="second")
    assert equal(Model.from_pretrained("lab/digits", catalogue=vectors), make(1))
    second = Model.from_pretrained("lab/digits", revision="second", catalogue=vectors)
    assert equal(second, make(2))
    with pytest.raises(MmcoreError, match="'lab/digits' has no revision 'third'"):
        Model.from_pretrained("lab/digits", revision="third", catalogue=vectors)


def test_weights_are_large_files_that_are_checked(hub, make, vectors):
    make(1).push_to_hub("lab/digits")
    (weights,) = hub.large.values()
    assert hub.models["lab/digits"]["main"]["model.safetensors"] == weights
    hub.full = True
    with pytest.raises(MmcoreError, match=r"the Hub refuses 'lab/digits': .*403"):
        make(2).push_to_hub("lab/digits")
    assert equal(Model.from_pretrained("lab/digits", catalogue=vectors), make(1))


def test_no_other_file_is_downloaded(hub, make, vectors):
    make(1).push_to_hub("lab/digits")
    hub.models["lab/digits"]["main"]["model.pkl"] = b"code"
    hub.requests.clear()
    Model.from_pretrained("lab/digits", catalogue=vectors)
    assert not [path for _, path in hub.requests if path.endswith((".pkl", ".md"))]
    hub.models["lab/digits"]["main"]["model.safetensors"] += b"x"
    with pytest.raises(MmcoreError, match="does not match its checksum"):
        Model.from_pretrained("lab/digits", catalogue=vectors)


def test_a_prior_of_an_earlier_model_is_removed(hub, make):
    make(1).push_to_hub("lab/digits")
    hub.models["lab/digits"]["main"]["generation_prior.safetensors"] = b"of an earlier model"
    make(2).push_to_hub("lab/digits")
    assert "generation_prior.safetensors" not in hub.models["lab/digits"]["main"]


def test_a_model_in_the_cache_needs_no_network(hub, make, vectors, monkeypatch):
    make(1).push_to_hub("lab/digits")
    Model.from_pretrained("lab/digits", catalogue=vectors)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert equal(Model.from_pretrained("lab/digits", catalogue=vectors), make(1))
    with pytest.raises(MmcoreError, match="the Hub cannot be reached for 'lab/other'"):
        Model.from_pretrained("lab/other", catalogue=vectors)


def test_errors_are_one_sentence(hub, make, vectors, tmp_path, monkeypatch):
    with pytest.raises(MmcoreError, match="no folder 'lab/nothing', and no model of this name"):
        Model.from_pretrained("lab/nothing", catalogue=vectors)
    with pytest.raises(MmcoreError, match="'digits' is no name on the Hub, expected owner/name"):
        make(1).push_to_hub("digits")
    with pytest.raises(MmcoreError, match="the licence is 'My own: x', expected the short name"):
        make(1).push_to_hub("lab/digits", licence="My own: x")
    with pytest.raises(MmcoreError, match="revision 'main' is given for the folder"):
        Model.from_pretrained(tmp_path, revision="main", catalogue=vectors)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for attempt in (lambda: make(1).push_to_hub("lab/x"), lambda: Model.from_pretrained("lab/x")):
        with pytest.raises(MmcoreError, match="the Hub cannot be reached for 'lab/x'"):
            attempt()
    assert not hub.models


def test_the_card_of_a_model_alone_states_what_is_not_known(hub, make):
    make(1).push_to_hub("lab/digits")
    card = hub.models["lab/digits"]["main"]["README.md"].decode()
    header = yaml.safe_load(card.split("---")[1])
    assert header["library_name"] == "mmcore"
    assert "license" not in header
    for text in (
        "No licence is stated",
        "Nothing has been measured",
        "data of the training is not",
    ):
        assert text in card


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """A run with an evaluation whose names are hostile."""
    run = Run.open(mixed_run(tmp_path_factory.mktemp("carded")).run)
    table = Table(
        name="errors <script>alert(1)</script>",
        about="of held-out | cells",
        columns=(Column(name="rmse", best="low"),),
        rows={"a|b": (0.25,), "[x](javascript:y)": (None,)},
        errors={"a|b": (0.0125,), "[x](javascript:y)": (None,)},
        n={"a|b": (1234,), "[x](javascript:y)": (None,)},
    )
    patients = Table(
        name="unusual records",
        topic="records",
        about="ids",
        columns=(Column(name="log p"),),
        rows={"p007": (-90.0,)},
    )
    doubtful = Table(
        name="log-likelihood",
        topic="likelihood",
        about="nats",
        columns=(Column(name="log p", best="high"),),
        rows={"a": (-67.0,), "b": (-70.0,)},
        n=40,
        doubts={"a": "few effective samples, so that log p is too low"},
    )
    coverage = Table(
        name="coverage",
        topic="imputation",
        about="shares",
        columns=(Column(name="blood", best="high"), Column(name="scan", best="high")),
        rows={"0.90": (0.91, 0.89)},
        n={"0.90": (39, 33)},
    )
    record = EvaluationRecord(
        mmcore="0",
        run=str(run.folder),
        method="mmjsd",
        modalities=("blood", "scan", "note"),
        data="real",
        data_items={},
        model_sha256="0",
        settings=EvaluationSettings(),
        metrics={"m": MetricRecord(digest="0", seconds=0.0, tables=(table, patients))}
        | {
            "likelihood": MetricRecord(digest="0", seconds=0.0, tables=(doubtful,) * 12),
            "imputation": MetricRecord(digest="0", seconds=0.0, tables=(coverage,)),
        },
    )
    run.files.evaluation.write_text(record.model_dump_json())
    return run


def test_the_card_of_a_run_has_its_data_and_figures_and_no_path(evaluated):
    card = card_of(evaluated.model, "lab/mixed", "cc-by-4.0", evaluated)
    assert yaml.safe_load(card.split("---")[1])["license"] == "cc-by-4.0"
    assert r"| a\|b | 0.250 ± 0.013 | 1,234 |" in card
    items = evaluated.record["data_items"]["scan"]
    assert f"| scan | {items['train']} | {items['test']} |" in card
    for text in ("<script>", "[x](", str(evaluated.folder.parent), "p00"):
        assert text not in card


def test_the_card_has_the_doubts_of_a_number_and_the_records_behind_it(evaluated):
    card = card_of(evaluated.model, "lab/mixed", "cc-by-4.0", evaluated)
    assert r"| a (\!) | -67 | 40 |" in card
    assert r"(\!) a: few effective samples, so that log p is too low" in card
    assert "| blood | scan | \n" in card
    assert "| 0.90 | 0.910 (n = 39) | 0.890 (n = 33) |" in card


def test_the_card_has_tables_of_each_topic_and_those_on_the_model_last(evaluated):
    card = card_of(evaluated.model, "lab/mixed", "cc-by-4.0", evaluated)
    names = [line.split("**")[1] for line in card.splitlines() if line.startswith("**")]
    assert names[0] == "coverage"
    assert len(names) == 10


def test_push_writes_a_card_without_sending_it(hub, evaluated, tmp_path):
    file = tmp_path / "card.md"
    arguments = ["push", str(evaluated.folder), "lab/mixed", "--card", str(file)]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    assert file.read_text() == card_of(evaluated.model, "lab/mixed", None, evaluated)
    assert not hub.requests
    assert CliRunner().invoke(app, arguments[:3], catch_exceptions=False).exit_code == 0
    assert hub.models["lab/mixed"]["main"]["README.md"].decode() == file.read_text()
    assert equal(Model.from_pretrained("lab/mixed"), evaluated.model)

import pytest
from typer.testing import CliRunner

from mmcore.cli.app import app

METHODS = ("mmjsd", "mvae", "mmvae", "mopoe", "mvtcae", "mmvaeplus", "dmvae")
SUCCESSORS = (
    *("mmvm", "hoelder", "helvae", "mwbvae", "gpoe"),
    *("mcvae", "codevae", "crmvae", "jmvae", "telbo"),
)
MODALITIES = ("mnist,text", "mnist,svhn,text", "a=mnist,b=mnist,c=svhn,d=text,e=text")


def mmcore(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


def test_list_shows_every_method_and_whether_it_is_a_bound():
    messages = mmcore("methods", "list")
    assert all(f"\n{method} " in messages for method in (*METHODS, *SUCCESSORS))
    assert "lower bound" in messages


@pytest.mark.parametrize("method", METHODS)
def test_info_shows_parts_reference_and_options_with_defaults(method):
    messages = mmcore("methods", "info", method)
    for word in ("reference", "posterior", "lower bound", "beta ", "2.5"):
        assert word in messages


@pytest.mark.slow
@pytest.mark.parametrize("modalities", MODALITIES)
@pytest.mark.parametrize("method", METHODS)
def test_trains_with_holes(method, modalities, tmp_path):
    options = ["--data", "sample", "--drop", 0.4, "--steps", 4, "--batch-size", 32]
    mmcore(
        "train", "--modalities", modalities, "--method", method, *options, "--out", tmp_path / "run"
    )
    assert (tmp_path / "run" / "summary.json").is_file()

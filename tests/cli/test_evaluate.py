import subprocess
import sys

import pytest
from typer.testing import CliRunner

from mmcore.cli.main import app
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue


def mmcore(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit | MmcoreError):
        raise result.exception
    return result


@pytest.fixture
def trained(tmp_path, vectors, monkeypatch):
    """Two runs on a linear-Gaussian modality that the command line knows for the while."""
    monkeypatch.setattr(Catalogue, "discover", classmethod(lambda cls, *_: vectors))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    short = ["--data", "sample", "--precision", "32-true", "--accelerator", "cpu", "--steps", "3"]
    options = ["--modalities", "vector", "--content-dim", "2", "--style-dim", "1", *short]
    for seed in (1, 2):
        result = mmcore("train", *options, "--seed", seed, "--out", tmp_path / f"run-{seed}")
        assert result.exit_code == 0, result.output
    return tmp_path


def test_evaluating_and_comparing(trained):
    fast = ["--metrics", "representation,imputation,likelihood", "--rows", "100", "--samples", "4"]
    for seed in (1, 2):
        result = mmcore("evaluate", trained / f"run-{seed}", *fast)
        assert result.exit_code == 0, result.output
        assert result.output.startswith("data: sample")
        assert (trained / f"run-{seed}" / "report.html").is_file()
    page = trained / "comparison.html"
    result = mmcore("compare", trained / "run-1", trained / "run-2", "--out", page)
    assert result.exit_code == 0, result.output
    assert "imputation error" in result.output
    assert "data: sample" in page.read_text()
    assert "<th>run-1</th><th>run-2</th>" in page.read_text()


def test_a_run_that_was_not_evaluated_is_one_sentence(trained):
    result = mmcore("compare", trained / "run-1", trained / "run-2")
    assert "has not been evaluated" in str(result.exception)
    assert "mmcore evaluate" in str(result.exception)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--samples", "0"], "samples=0 is not valid"),
        (["--seed", "-1"], "seed=-1 is not valid"),
        (["--metrics", "represantation"], "did you mean 'representation'"),
        (["--subsets", "vektor"], "did you mean 'vector'"),
        (["--fusion", "produkt"], "did you mean 'product'"),
    ],
)
def test_bad_options_are_one_sentence_and_write_nothing(trained, options, told):
    result = mmcore("evaluate", trained / "run-1", *options)
    assert told in str(result.exception)
    assert not (trained / "run-1" / "evaluation.json").exists()


LIGHT = [
    ["compare", "nowhere", "there"],
    ["compare", "--help"],
    ["evaluate", "--help"],
    ["evaluate", "nowhere", "--samples", "0"],
]


@pytest.mark.parametrize("arguments", LIGHT, ids=" ".join)
def test_what_needs_no_torch_imports_none(arguments, tmp_path):
    code = (
        "import sys\nfrom mmcore.cli.main import run\n"
        f"sys.argv = ['mmcore', *{arguments!r}]\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        "assert 'torch' not in sys.modules, 'torch was imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=tmp_path)

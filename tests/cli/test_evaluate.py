import os
import re
import shlex
import shutil
from dataclasses import replace
from html import unescape

import pytest
from support.imports import check_imports
from support.runs import vector_catalogue
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.errors import MmcoreError
from mmcore.plugins import Catalogue
from mmcore.plugins.builtin.metrics import metrics as core_metrics
from mmcore.plugins.candidates import installed
from mmcore.plugins.discovery import record_of
from mmcore.reporting.pdf import write_pdf
from mmcore.reporting.record import read_record


def mmcore(*arguments):
    result = CliRunner().invoke(app, [*map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit | MmcoreError):
        raise result.exception
    return result


def discover(monkeypatch, catalogue):
    monkeypatch.setattr(Catalogue, "discover", classmethod(lambda cls, *_: catalogue))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of two runs on a linear-Gaussian modality."""
    folder = tmp_path_factory.mktemp("runs")
    short = ["--data", "sample", "--precision", "32-true", "--accelerator", "cpu", "--steps", "3"]
    options = ["--modalities", "vector", "--content-dim", "2", "--style-dim", "1", *short]
    with pytest.MonkeyPatch.context() as patch:
        discover(patch, vector_catalogue())
        for seed in (1, 2):
            result = mmcore("train", *options, "--seed", seed, "--out", folder / f"run-{seed}")
            assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def trained(runs, tmp_path, vectors, monkeypatch):
    """The folder of copies of two runs, whose modality the command line finds."""
    discover(monkeypatch, vectors)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(runs, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.complete
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
    assert '<th scope="col">run-1</th><th scope="col">run-2</th>' in page.read_text()


def test_the_commands_of_the_page_repeat_the_run(trained, monkeypatch):
    run = trained / "my run's $HOME"
    (trained / "run-1").rename(run)
    choices = ["--metrics", "imputation,likelihood", "--rows", "50", "--seed", "2"]
    assert not mmcore("evaluate", run, *choices, "--samples", "4").exception
    page = (run / "report.html").read_text()
    lines = unescape(re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)[1]).splitlines()
    monkeypatch.chdir(trained)
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "mmcore"
        result = mmcore(*arguments)
        assert result.exit_code == 0, result.output
    first, again = (evaluation(trained / name).metrics for name in (run.name, f"{run.name}-again"))
    assert {n: m.tables for n, m in first.items()} == {n: m.tables for n, m in again.items()}


def test_the_report_is_written_again_without_measuring(trained, monkeypatch):
    run = trained / "run-1"
    mmcore("evaluate", run, "--metrics", "imputation", "--rows", "50")
    page, before = run / "report.html", (run / "report.html").read_text()
    page.unlink()
    (run / "figures" / "latent_map.png").unlink()
    monkeypatch.setattr(
        "mmcore.runs.evaluation.evaluate.evaluate", lambda *_, **__: pytest.fail("measured")
    )
    assert f"written: {page}" in mmcore("report", run).output
    after = page.read_text()
    assert after != before
    assert "the figure &#39;Samples in the shared representation&#39; is not in the folder" in after
    assert mmcore("runs", "verify", run).output.count("damaged") == 1, "the figure is missing"
    monkeypatch.setattr("mmcore.reporting.pdf.find_browser", lambda: None)
    assert "install it, for example with apt-get" in str(mmcore("report", run, "--pdf").exception)
    assert not (run / "report.pdf").exists()


@pytest.mark.skipif(os.name != "posix", reason="the browser of the test is a script of a shell")
@pytest.mark.parametrize("script", ["exit 3", "exit 0"])
def test_a_browser_that_prints_nothing_leaves_no_file(tmp_path, monkeypatch, script):
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho no display >&2\n{script}\n")
    browser.chmod(0o755)
    monkeypatch.setattr("mmcore.reporting.pdf.find_browser", lambda: str(browser))
    (tmp_path / "page.html").write_text("")
    with pytest.raises(MmcoreError, match=r"has not printed '.*page.html': no display"):
        write_pdf(tmp_path / "page.html", tmp_path / "page.pdf")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["browser", "page.html"]


def test_a_copied_run_is_compared_with_its_original(trained):
    mmcore("evaluate", trained / "run-1", "--metrics", "imputation", "--rows", "50")
    shutil.copytree(trained / "run-1", trained / "copy")
    result = mmcore("compare", trained / "run-1", trained / "copy")
    assert result.exit_code == 0, result.output
    assert "run-1" in result.output
    assert "copy" in result.output
    assert "note:" not in result.output


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


NORMS = """
from mmcore.plugins import ComponentSpec, hookimpl
@hookimpl
def mmcore_components():
    return [
        ComponentSpec(
            kind="metric",
            name="norms",
            factory="fake_norms.metric:NormsMetric",
            settings="fake_norms.settings:NormsSettings",
        )
    ]
"""
SETTINGS = """
from pydantic import BaseModel, Field
class NormsSettings(BaseModel):
    power: float = Field(2.0, gt=0, description="p")
    samples: int = Field(7, description="number of samples")
"""
METRIC = """
import torch
from mmcore.inference import encoded
from mmcore.metrics import Measured, Metric
from mmcore.reporting import Column, Table
class NormsMetric(Metric):
    uses = ("seed",)
    def measure(self, subject):
        rows, p = subject.test_rows(self.settings.samples), self.settings.power
        batch = encoded(subject.model, subject.data.test, rows, subject.settings.seed)
        means = subject.model.inference(batch.encoding).mean
        column = Column(name=f"{p}-norm")
        norm = float(torch.linalg.vector_norm(means, p, dim=-1).mean())
        table = Table(
            name="norms", about=f"{len(rows)} rows", columns=(column,), rows={"all": (norm,)}
        )
        return Measured([table])
"""


@pytest.fixture
def with_norms(trained, vectors, site, monkeypatch):
    """Two runs, and an installed package with a metric."""
    site("fake-norms", NORMS, metric=METRIC, settings=SETTINGS)
    fake = [record_of(c) for c in installed() if c.distribution == "fake-norms"]
    both = Catalogue([*fake, *vectors.records])
    monkeypatch.setattr(Catalogue, "discover", classmethod(lambda cls, *_: both))
    return trained


def evaluation(folder):
    return read_record(folder / "evaluation.json")


def test_a_metric_of_another_package_is_used_by_its_name_with_its_own_settings(with_norms):
    run = with_norms / "run-1"
    result = mmcore("evaluate", run, "--metrics", "norms,imputation", "--set", "norms.power=3")
    assert result.exit_code == 0, result.output
    record = evaluation(run)
    assert list(record.metrics) == ["imputation", "norms"]
    assert record.metrics["norms"].settings == {"power": 3.0, "samples": 7}
    (table,) = record.metrics["norms"].tables
    assert [column.name for column in table.columns] == ["3.0-norm"]
    page = (run / "report.html").read_text()
    assert "<caption>norms" in page
    assert "norms.power" in page


def test_a_flag_is_an_option_of_every_metric_that_has_it(with_norms):
    run = with_norms / "run-1"
    flags = ["--samples", "3", "--likelihood-rows", "5", "--probe-rows", "100"]
    result = mmcore("evaluate", run, "--metrics", "norms,likelihood,representation", *flags)
    assert result.exit_code == 0, result.output
    metrics = evaluation(run).metrics
    assert metrics["norms"].settings["samples"] == metrics["likelihood"].settings["samples"] == 3
    assert metrics["likelihood"].settings["likelihood_rows"] == 5
    assert "100 training samples" in metrics["representation"].left_out[0]
    assert "3 rows" in metrics["norms"].tables[0].about


def test_only_the_metric_whose_option_has_changed_is_measured_again(with_norms):
    run = with_norms / "run-1"
    mmcore("evaluate", run, "--metrics", "norms,imputation")
    result = mmcore("evaluate", run, "--metrics", "norms,imputation", "--set", "norms.power=1")
    assert "imputation: unchanged" in result.output
    assert "norms: unchanged" not in result.output


def test_another_version_of_its_package_is_measured_again(with_norms, vectors, monkeypatch):
    run = with_norms / "run-1"
    mmcore("evaluate", run, "--metrics", "norms")
    newer = Catalogue(
        replace(r, version="1.3") if r.distribution == "fake-norms" else r
        for r in Catalogue.discover().records
    )
    monkeypatch.setattr(Catalogue, "discover", classmethod(lambda cls, *_: newer))
    assert "unchanged" not in mmcore("evaluate", run, "--metrics", "norms").output


def test_the_help_lists_the_metrics_of_the_core_first(with_norms):
    shown = " ".join(mmcore("evaluate", "--help").output.split())
    names = [spec.name for spec in core_metrics()]
    assert f"Metrics: {', '.join([*names, 'norms'])}." in shown


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("norms.pover=2", "did you mean 'norms.power'"),
        ("norm.power=2", "did you mean 'norms.power'"),
        ("norms.power=-1", "power=-1 is not valid"),
        ("sampels=3", "did you mean 'samples'"),
        ("likelihood.proposals=[prodct]", "did you mean 'product'"),
    ],
)
def test_a_bad_option_of_a_metric_is_one_sentence(with_norms, option, message):
    result = mmcore("evaluate", with_norms / "run-1", "--set", option)
    assert message in str(result.exception)
    assert not (with_norms / "run-1" / "evaluation.json").exists()


LIGHT = [
    ["compare", "nowhere", "there"],
    ["compare", "--help"],
    ["evaluate", "--help"],
    ["evaluate", "nowhere", "--samples", "0"],
    ["evaluate", "nowhere", "--set", "likelihood.smples=3"],
]


def test_what_needs_no_torch_imports_none(tmp_path):
    check_imports(LIGHT, ["torch"], tmp_path)

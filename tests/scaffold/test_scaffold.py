"""What ``mmcore plugins new`` writes is small, tidy and typed, is found, and is used by its name."""

import subprocess
import sys
import tomllib

import pandas as pd
import pytest
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.data.tables import open_table
from mmcore.data.tables.formats import format_of
from mmcore.errors import MmcoreError
from mmcore.plugins import KINDS, Catalogue, record_of
from mmcore.plugins.source import importable, in_folder
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.training.train import train
from mmcore.scaffold import package_names, write_package
from mmcore.scaffold.names import SCAFFOLDS, PackageNames
from mmcore.testing import VECTORS, catalogue_of, run_checks

LINES_READ_IN_TWO_MINUTES = 150


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.discover()


@pytest.fixture(scope="module", params=SCAFFOLDS)
def package(request, catalogue, tmp_path_factory):
    folder = tmp_path_factory.mktemp("new") / "package"
    write_package(package_names(f"brand-new-{request.param}", request.param, catalogue), folder)
    return folder


@pytest.fixture
def spec(package):
    (candidate,) = in_folder(package)
    with importable(package):
        (spec,) = record_of(candidate, {"MMCORE_STRICT_PLUGINS": "1"}).components
        yield spec


def test_it_is_small_and_tidy(package):
    code = list(package.rglob("*.py"))
    assert sum(len(path.read_text().splitlines()) for path in code) <= LINES_READ_IN_TWO_MINUTES
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", str(package)]
        subprocess.run(ruff, check=True, capture_output=True)


def test_light_modules_import_no_torch(catalogue, tmp_path):
    lines = ["import sys"]
    for kind in SCAFFOLDS:
        folder = tmp_path / kind
        write_package(package_names(f"brand-new-{kind}", kind, catalogue), folder)
        name = next(folder.glob("*/plugin.py")).parent.name
        lines += [f"sys.path.append({str(folder)!r})", f"import {name}.plugin, {name}.settings"]
        lines += [f"assert 'torch' not in sys.modules, {kind!r}"]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, cwd=tmp_path)


def test_its_metadata_names_the_core_that_wrote_it(package):
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == ["mmcore>=0.1.0"]
    assert project["name"] in (package / "README.md").read_text()


@pytest.fixture
def trained(spec, tmp_path, unsummarized):
    """A run of twenty steps that uses the component, if its kind is used by a training."""
    choices = PackageNames(spec.kind, spec.name).choices
    names = [spec.name] if spec.kind == "modality" else [vector.name for vector in VECTORS]
    return train(
        *names,
        content_dim=2,
        style_dim=1,
        data="sample",
        steps=20,
        precision="32-true",
        accelerator="cpu",
        out=tmp_path / "run",
        catalogue=catalogue_of(spec, *VECTORS),
        **choices,
    )


def test_it_is_used_by_its_name(spec, trained, tmp_path):
    assert all(parameter.isfinite().all() for parameter in trained.model.parameters())
    catalogue = catalogue_of(spec, *VECTORS)
    if spec.kind == "tracker":
        lines = (trained.folder / "losses.txt").read_text().splitlines()
        assert [line.split()[0] for line in lines] == ["20"]
    if spec.kind == "metric":
        record = evaluate(trained.folder, metrics=[spec.name], catalogue=catalogue)
        (table,) = record.metrics[spec.name].tables
        assert len(table.rows) == 3
        assert all(0 <= value <= 2 for (value,) in table.rows.values())
    if spec.kind == "format":
        path, cells = tmp_path / f"a.{spec.name}", pd.DataFrame({"id": ["001", "1e3"], "x": [1, 2]})
        format_of(path, catalogue).write(path, iter([cells]))
        (opened,) = open_table(path, catalogue).table.frames(["x", "id"], ["id"])
        pd.testing.assert_frame_equal(opened, cells[["x", "id"]])


@pytest.mark.slow
def test_its_own_tests_pass(package, spec, monkeypatch):
    info = package / f"{package.name}-0.1.0.dist-info"
    info.mkdir(exist_ok=True)
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n"
    (info / "METADATA").write_text(metadata)
    (name, module) = next(iter(project["entry-points"]["mmcore"].items()))
    (info / "entry_points.txt").write_text(f"[mmcore]\n{name} = {module}\n")
    monkeypatch.setenv("PYTHONPATH", str(package))
    pytest_of = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(pytest_of, cwd=package, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_kind_is_in_the_help():
    shown = CliRunner().invoke(app, ["plugins", "new", "--help"], env={"COLUMNS": "300"}).output
    kinds = ", ".join(SCAFFOLDS[:-1]) + f" or {SCAFFOLDS[-1]}"
    assert kinds in " ".join(shown.replace("│", " ").split())
    assert set(SCAFFOLDS) == {*KINDS} - {"experiment"}


def test_its_readme_has_a_command_that_exists(package, spec):
    command = PackageNames(spec.kind, spec.name).command
    assert f"    {command}\n" in (package / "README.md").read_text()
    options = {word for word in command.split() if word.startswith("--")}
    help_text = (
        CliRunner().invoke(app, [command.split()[1], "--help"], env={"COLUMNS": "200"}).output
    )
    assert all(option in help_text for option in options)


@pytest.mark.slow
def test_it_passes_the_conformance_kit(spec):
    run_checks(spec.kind, spec.name, catalogue_of(spec)).require_ok()


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("My Signal", "modality", "such as 'my-signal'"),
        ("MySignal", "modality", "such as 'my-signal'"),
        ("signal-", "modality", "such as 'signal'"),
        ("12-leads", "modality", "such as 'leads'"),
        ("", "modality", "such as 'my-modality'"),
        ("../signal", "modality", "such as 'signal'"),
        ("objective", "objective", "such as 'my-objective'"),
        ("mnist", "modality", "such as 'my-mnist'"),
        ("text", "aggregator", "such as 'my-text'"),
        ("elbo", "objective", "such as 'my-elbo'"),
        ("signal", "modalty", "did you mean 'modality'"),
    ],
)
def test_bad_names_are_one_sentence_with_a_good_one(name, kind, message, catalogue):
    with pytest.raises(MmcoreError, match=message):
        package_names(name, kind, catalogue)


def test_what_is_there_stays_as_it_is(tmp_path, catalogue):
    names = package_names("signal", "modality", catalogue)
    (tmp_path / "mine").mkdir()
    with pytest.raises(MmcoreError, match="exists already"):
        write_package(names, tmp_path / "mine")
    (tmp_path / "file").write_text("")
    with pytest.raises(MmcoreError, match="cannot be written"):
        write_package(names, tmp_path / "file" / "below")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine"]
    assert list((tmp_path / "mine").iterdir()) == []

"""Random configurations and command lines: a sentence or a training that could begin, never a traceback.

A fast, derandomized part runs with every suite; the 2,000 cases are slow. Each case runs in this process,
up to the point where the training would begin.
"""

from contextlib import suppress
from pathlib import Path
from time import perf_counter

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from mmcore.cli.app import app
from mmcore.config import ModelConfig, RunConfig, StudyConfig, TrainingConfig
from mmcore.errors import MmcoreError
from mmcore.storage.documents import parse_yaml

MOST_SECONDS = 10
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
FAST = settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=CHECKS)
FULL = settings(max_examples=700, deadline=None, suppress_health_check=CHECKS)

NAMES = st.sampled_from(
    [
        *ModelConfig.model_fields,
        *TrainingConfig.model_fields,
        *RunConfig.model_fields,
        *StudyConfig.model_fields,
        *("beta", "weights", "dynamic_prior", "unimodal", "js", "validation", "mode", "dir"),
        *(
            "a.width",
            "a.layers",
            "a.style_dim",
            "a.types",
            "a.fitted",
            "adam.schedule",
            "a",
            "a.b.c",
        ),
        *("kind", "file", "columns", "folder", "settings", "test", "by", "stratify", "column"),
        *("", ".", "a.", ".a", "__class__", "\u0000", "\ud7ff", "x" * 300),
    ]
)
WORDS = [
    "mmjsd",
    "mvae",
    "mnist",
    "table",
    "a",
    "power",
    "geometric",
    "null",
    "~",
    "yes",
    "1e9",
    "[1",
]
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 1, 2, 10**6, 10**9, 10**12, 10**18, 2**63, 10**30, 10**400]),
    st.floats(),
    st.sampled_from([1e-320, 1e308, -0.0]),
    st.text(max_size=8),
    st.sampled_from([*WORDS, "/proc/x", "../..", "a.csv", "study.yaml", "*", "!x", "x" * 300]),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(NAMES, PLAIN), inner, max_size=3)
    ),
    max_leaves=6,
)
SECTION = st.dictionaries(NAMES, VALUES, max_size=3)
MODALITY = st.builds(
    dict.__or__,
    st.sampled_from([{"kind": "table", "file": "a.csv"}, {"kind": "mnist"}, {"kind": "image"}, {}]),
    SECTION,
)
MODALITIES = st.one_of(
    st.dictionaries(st.sampled_from(["a", "b", "a.b", "", "prior"]), MODALITY, max_size=2),
    st.just({"a": {"kind": "table", "file": "a.csv"}}),
    VALUES,
)
STUDY = st.builds(lambda modalities, rest: {**rest, "modalities": modalities}, MODALITIES, SECTION)
PARTS = st.fixed_dictionaries({"model": SECTION, "training": SECTION, "split": SECTION})
PARTIAL = st.builds(
    lambda modalities, parts, kept: {"modalities": modalities, **{k: parts[k] for k in kept}},
    MODALITIES,
    PARTS,
    st.sets(st.sampled_from(["model", "training", "split"])),
)
RUN = st.builds(
    lambda modalities, model, rest: {**rest, "model": {**model, "modalities": modalities}},
    MODALITIES,
    SECTION,
    SECTION,
)
DOCUMENT = st.one_of(STUDY, PARTIAL, RUN, VALUES)
MNIST = ["--modalities", "mnist", "--data", "sample"]
OPTIONS = [
    *(
        "--modalities",
        "--method",
        "--data",
        "--content-dim",
        "--style-dim",
        "--steps",
        "--batch-size",
    ),
    *("--learning-rate", "--beta", "--beta-style", "--weights", "--dynamic-prior", "--prior"),
    *("--style-prior", "--drop", "--optimizer", "--trackers", "--precision", "--accelerator"),
    *("--checkpoint-every", "--seed", "--data-dir"),
]
TEXT = st.one_of(PLAIN.map(str), VALUES.map(str), st.text(max_size=12))
OPTION = st.tuples(st.sampled_from(OPTIONS), TEXT).map(list)
ASSIGNED = st.builds(lambda name, value: ["--set", f"{name}={value}"], NAMES, TEXT)
LINE = st.builds(
    lambda start, parts: [*start, *(word for part in parts for word in part)],
    st.sampled_from(
        [
            MNIST,
            MNIST,
            ["--config", "study.yaml"],
            ["--config", "study.yaml"],
            ["--resume", "file"],
            [],
        ]
    ),
    st.lists(st.one_of(OPTION, ASSIGNED), max_size=4),
)


LINES = (
    [*MNIST, "--set", "x=[1"],
    [*MNIST, "--set", "method=2"],
    [*MNIST, "--set", "options=3", "--set", "beta=1"],
    [*MNIST, "--set", "trackers=3", "--set", "a.b=1"],
    [*MNIST, "--set", "training=3", "--set", "adam.schedule=cosine"],
    [*MNIST, "--set", "modalities={mnist: 3}", "--set", "mnist.hidden=2"],
    [*MNIST, "--set", "mnist.hidden=1e400"],
    [*MNIST, "--set", f"mnist.hidden={10**23}"],
    ["--config", "study.yaml", "--set", "a.layers=1000000", "--set", "seed=[]"],
)
"""What random command lines have found."""


class TrainingBegins(Exception):
    """Where a training would begin."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with a study, where a training stops before it begins."""

    def begin(*_):
        raise TrainingBegins

    monkeypatch.setattr("mmcore.runs.training.job.TrainingJob.start", begin)
    monkeypatch.setattr("mmcore.memory.memory", lambda: 1 << 28)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MMCORE_DATA", str(tmp_path / "none"))
    rows = "".join(f"r{n},{n}.5,{'pq'[n % 2]}\n" for n in range(20))
    (tmp_path / "a.csv").write_text("id,x,y\n" + rows)
    (tmp_path / "study.yaml").write_text("modalities: {a: {kind: table, file: a.csv}}")
    (tmp_path / "file").write_text("")
    return tmp_path


def check(arguments, folder):
    """Check that a command line ends with a sentence, or where the training would begin."""
    before, start = set(folder.iterdir()), perf_counter()
    result = CliRunner().invoke(app, ["train", *arguments])
    assert perf_counter() - start < MOST_SECONDS, "it hangs"
    error = result.exception
    if not isinstance(error, TrainingBegins | SystemExit | None):
        sentence = error if isinstance(error, MmcoreError) else _disk(error)
        assert isinstance(sentence, MmcoreError), repr(error)
        assert str(sentence).strip()
    left = {path for path in set(folder.iterdir()) - before if path.name != "cache"}
    assert not left, "it leaves files"


def _disk(error):
    from mmcore.storage.disk import disk_error

    if isinstance(error, OSError) and disk_error(error):
        return disk_error(error)
    raise error


def check_document(document, folder):
    path = Path("document.yaml")
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    check(["--config", str(path), "--out", "out"], folder)


@pytest.mark.parametrize("profile", [FAST, pytest.param(FULL, marks=pytest.mark.slow)])
def test_a_configuration_is_refused_by_a_sentence_or_can_be_trained(folder, profile):
    (folder / "document.yaml").touch()
    profile(given(DOCUMENT)(lambda document: check_document(document, folder)))()


@pytest.mark.parametrize("profile", [FAST, pytest.param(FULL, marks=pytest.mark.slow)])
def test_a_text_that_is_almost_yaml_is_refused_by_a_sentence(folder, profile):
    cut = st.builds(
        lambda document, place, piece: (
            (text := yaml.safe_dump(document))[: place % len(text)]
            + piece
            + text[place % len(text) :]
        ),
        DOCUMENT,
        st.integers(0, 10_000),
        st.sampled_from([*"[]{}:,&*!|>%@`\"'#-? \n\t\x00", "&a ", "*a", "!!set ", "<<: ", ": : "]),
    )

    def parsed(text):
        with suppress(MmcoreError):
            parse_yaml(text, "document.yaml")

    profile(given(cut)(parsed))()


@pytest.mark.parametrize("profile", [FAST, pytest.param(FULL, marks=pytest.mark.slow)])
def test_a_command_line_is_refused_by_a_sentence_or_can_be_trained(folder, profile):
    lines = given(LINE)(lambda line: check([*line, "--out", "out"], folder))
    for line in LINES:
        lines = example(line)(lines)
    profile(lines)()

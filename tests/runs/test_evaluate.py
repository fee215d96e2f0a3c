import json
import os
import re
import shutil

import pytest

from mmcore.config import EvaluationSettings
from mmcore.errors import MmcoreError
from mmcore.metrics.representation.representation import RepresentationMetric
from mmcore.plugins.builtin.metrics import metrics as core_metrics
from mmcore.precision import automatic_precision
from mmcore.reporting.record import EvaluationRecord, read_record
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.folder.files import RunFolder, read_config
from mmcore.runs.folder.lock import locked
from mmcore.runs.training.job import run

METRICS = [spec.name for spec in core_metrics()]
SCORED = {"samples": 4, "likelihood_rows": 10}
FAST = EvaluationSettings(
    rows=120,
    options={
        "representation": {"probe_rows": 600},
        "likelihood": SCORED,
        "perplexity": SCORED,
    },
)


def fast(metric, **options):
    """Return the fast settings with other options of one metric."""
    own = {**FAST.options.get(metric, {}), **options}
    return FAST.model_copy(update={"options": {**FAST.options, metric: own}})


@pytest.fixture
def measured(trained, vectors, quiet):
    """Return a function that evaluates the run."""

    def build(settings=FAST, metrics=None, **options):
        return evaluate(trained, settings, metrics, catalogue=vectors, console=quiet, **options)

    return build


def tables(record):
    return {t.name: t for metric in record.metrics.values() for t in metric.tables}


def test_a_run_that_another_process_uses_is_not_evaluated(measured, trained):
    with locked(trained), pytest.raises(MmcoreError, match="is used by process"):
        measured(metrics=["information"])
    assert not (trained / "evaluation.json").exists()


def test_everything_is_measured_and_written(measured, trained):
    record = measured()
    assert list(record.metrics) == METRICS
    assert read_record(trained / "evaluation.json") == record
    actual = tables(record)
    for name in ("coherence", "random coherence", "linear probe", "style probe", "discrimination"):
        assert actual[name].errors.keys() <= actual[name].rows.keys(), name
        errors = [
            error for row in actual[name].errors.values() for error in row if error is not None
        ]
        assert 0 <= max(errors) < 0.2, name
    assert "± " in (trained / "report.html").read_text()
    few = actual["log-likelihood, proposal 'inference'"].doubts
    assert "100% of the samples have fewer than 10 effective samples" in few["a"], "of 4 draws"
    assert list(actual["linear probe"].rows) == ["a", "b", "a+b"]
    assert [c.name for c in actual["coherence"].columns] == ["a", "b", "all others"]
    stated = [one.estimate.value for one in record.metrics["coherence"].statements]
    assert stated == [actual["coherence"].rows["b"][0], actual["coherence"].rows["a"][1]]
    assert {
        "random coherence",
        "classifiers",
        "log-likelihood, proposal 'inference'",
    } <= actual.keys()
    assert actual["interval coverage"].rows.keys() == {"a", "b", "a+b"}
    # 120 held-out items are too few for quality and its ceiling: said, and the rest is measured
    assert record.metrics["quality"].tables == ()
    assert "needs 200 held-out items" in record.metrics["quality"].left_out[0]


def test_the_page_stands_alone_and_says_what_the_data_is(measured, trained):
    record = measured()
    html = (trained / "report.html").read_text()
    assert "data: sample" in html
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", html)
    assert "https://" not in html
    assert html.count("data:image/png;base64,") >= 2
    assert 'name="viewport"' in html
    assert "@media print" in html
    for name in tables(record):
        assert f"<caption>{name}".replace("'", "&#39;") in html
    assert "needs 200 held-out items" in html
    assert f"mmcore evaluate {trained.name}-again" in html


def test_what_has_not_changed_is_not_measured_again(measured, quiet, monkeypatch):
    first = measured()
    monkeypatch.setattr(
        "mmcore.runs.evaluation.measurement.Measurement.record",
        lambda self, _: pytest.fail(self.name),
    )
    assert measured() == first
    assert "unchanged, not measured again" in quiet.file.getvalue()


@pytest.mark.slow
def test_other_settings_and_another_model_are_measured_anew(measured, trained):
    first = measured(metrics=["likelihood"])
    other = measured(FAST.model_copy(update={"seed": 1}), metrics=["likelihood"])
    assert other.metrics["likelihood"].tables != first.metrics["likelihood"].tables
    measured(metrics=["likelihood"])
    (trained / "model" / "manifest.json").unlink()  # an edited model has no hashes
    config = trained / "model" / "config.json"
    config.write_text(config.read_text() + "\n")
    third = measured(metrics=["representation"])
    assert list(third.metrics) == ["representation"]
    assert third.model_sha256 != first.model_sha256


def test_a_setting_concerns_only_the_metrics_that_use_it(measured):
    first = measured(metrics=["likelihood", "imputation"])
    more = fast("likelihood", samples=5)
    second = measured(more, metrics=["likelihood"])
    assert second.metrics["imputation"] == first.metrics["imputation"]
    assert second.metrics["likelihood"] != first.metrics["likelihood"]


def test_metrics_of_the_same_settings_gather(measured):
    measured(metrics=["likelihood"])
    assert list(measured(metrics=["representation"]).metrics) == ["representation", "likelihood"]


def test_the_same_seed_gives_the_same_numbers(measured, trained):
    first = tables(measured())
    (trained / "evaluation.json").unlink()
    assert tables(measured()) == first


@pytest.fixture
def forks(monkeypatch):
    """Let the process be copied although the workers of the tests have threads, which copies do not need."""
    monkeypatch.setattr("mmcore.runs.evaluation.execution.can_fork", lambda: True)


@pytest.mark.usefixtures("forks")
def test_several_processes_measure_what_one_measures(measured, trained):
    chosen = ["imputation", "information", "differences"]
    one, page = measured(metrics=chosen), (trained / "report.html").read_text()
    (trained / "evaluation.json").unlink()
    several = measured(metrics=chosen, processes=2)
    assert several.metrics.keys() == one.metrics.keys()
    for name, record in one.metrics.items():
        assert several.metrics[name] == record.model_copy(
            update={"seconds": several.metrics[name].seconds}
        )
    assert len((trained / "report.html").read_text()) == len(page)


@pytest.mark.usefixtures("forks")
def test_a_process_that_fails_ends_the_evaluation_with_one_sentence(measured, trained, monkeypatch):
    monkeypatch.setattr(
        "mmcore.runs.evaluation.measurement.Measurement.record", lambda self, _: os._exit(9)
    )
    with pytest.raises(MmcoreError, match="2 of 2 processes of the evaluation have failed"):
        measured(metrics=["overview", "information"], processes=2)
    assert not (trained / "evaluation.json").exists()


def test_the_automatic_precision_is_recorded(measured):
    measured_in = measured(metrics=["overview"]).settings.precision
    assert measured_in == automatic_precision("cpu")


def test_subsets_are_chosen_in_any_order(measured):
    chosen = FAST.model_copy(update={"subsets": ("b+a",)})
    record = measured(chosen, metrics=["representation", "imputation"])
    assert list(tables(record)["linear probe"].rows) == ["a+b"]
    assert list(tables(record)["imputation error"].rows) == ["a+b"]


def test_a_metric_that_fails_is_left_out_with_its_reason(measured, monkeypatch):
    def fail(self, subject):
        raise MmcoreError("there is nothing to go by")

    monkeypatch.setattr(RepresentationMetric, "measure", fail)
    record = measured(metrics=["representation", "imputation"])
    assert record.metrics["representation"].left_out == ("there is nothing to go by",)
    assert record.metrics["imputation"].tables


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metrics": ["likelyhood"]}, "did you mean 'likelihood'"),
        ({"settings": FAST.model_copy(update={"subsets": ("a+c",)})}, r"unknown subset 'a\+c'"),
        ({"settings": FAST.model_copy(update={"fusion": "mixtur"})}, "did you mean 'mixture'"),
        ({"settings": fast("likelihood", proposals=("prodct",))}, "'product'"),
    ],
)
def test_wrong_names_are_one_sentence_and_write_nothing(measured, trained, options, message):
    with pytest.raises(MmcoreError, match=message):
        measured(**options)
    assert not (trained / "evaluation.json").exists()


def test_classifiers_are_kept_in_the_cache_of_the_user(measured, tmp_path, monkeypatch):
    monkeypatch.setenv("MMCORE_DATA", str(tmp_path / "data"))
    measured(metrics=["coherence"])
    kept = list((tmp_path / "cache" / "mmcore" / "classifiers").glob("*.safetensors"))
    assert len(kept) == 1  # both modalities are the same network on the same data
    assert not (tmp_path / "data").exists()


def test_other_data_than_was_trained_on_is_refused(measured, trained):
    record = json.loads((trained / "run.json").read_text())
    record["data_items"]["a"]["train"] += 1
    (trained / "run.json").write_text(json.dumps(record))
    with pytest.raises(MmcoreError, match=r"trained on other data: a 121\+120.*a 120\+120"):
        measured()


def test_a_folder_without_a_run_or_without_a_model_is_one_sentence(measured, trained, tmp_path):
    with pytest.raises(MmcoreError, match="holds no run"):
        evaluate(tmp_path / "nowhere", FAST)
    shutil.rmtree(trained / "model")
    with pytest.raises(MmcoreError, match=r"no model yet.*--resume"):
        measured()


def test_too_few_samples_for_a_probe_are_told(measured):
    record = measured(fast("representation", probe_rows=100), metrics=["representation"])
    assert "100 training samples" in record.metrics["representation"].left_out[0]


def test_a_damaged_record_is_measured_anew(measured, trained):
    (trained / "evaluation.json").write_text("{}")
    with pytest.raises(MmcoreError, match="delete it and evaluate again"):
        read_record(trained / "evaluation.json")
    assert measured(metrics=["imputation"]).metrics["imputation"].tables


def test_the_schema_is_closed():
    schema = EvaluationRecord.model_json_schema()
    assert schema["additionalProperties"] is False
    assert all(d.get("additionalProperties") is False for d in schema["$defs"].values())


def test_the_likelihood_draws_from_the_proposals_that_are_named(measured):
    one = fast("likelihood", proposals=("product",))
    assert list(tables(measured(one, metrics=["likelihood"]))) == [
        "log-likelihood, proposal 'product'"
    ]


def test_a_method_that_infers_by_the_mixture_is_measured_once(tmp_path, vectors, quiet, trained):
    config = read_config(trained / "config.yaml")
    model = config.model.model_copy(update={"method": "mmvae"})
    run(
        config.model_copy(update={"model": model}),
        RunFolder(tmp_path / "mmvae"),
        catalogue=vectors,
        console=quiet,
    )
    actual = evaluate(
        tmp_path / "mmvae", FAST, ["likelihood"], catalogue=vectors, console=quiet
    ).metrics["likelihood"]
    assert [table.name for table in actual.tables] == ["log-likelihood, proposal 'inference'"]
    assert "it equals 'inference' for this method" in actual.left_out[0]


def test_an_accelerator_that_is_not_here_is_one_sentence(measured):
    with pytest.raises(MmcoreError, match="accelerator 'tpu' is not available, expected cpu"):
        measured(accelerator="tpu")

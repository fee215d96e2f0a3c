import pytest
from pydantic import ValidationError

from mmcore.config import EvaluationSettings
from mmcore.reporting.claims import checked, checked_as_published
from mmcore.reporting.experiment import Claim, Experiment, PublishedTable
from mmcore.reporting.published import side_by_side
from mmcore.reporting.record import (
    Column,
    EvaluationRecord,
    MetricRecord,
    Table,
)
from mmcore.reporting.results import Number, Result, Results
from mmcore.testing.experiments import tiny_experiment


def result(model, left, both, seed=0):
    table = Table(
        name="linear probe",
        about="",
        columns=(Column(name="accuracy", best="high"),),
        rows={"a": (left,), "a+b": (both,)},
    )
    record = EvaluationRecord(
        mmcore="0",
        run=f"{model}-seed-{seed}",
        method=model,
        modalities=("a", "b"),
        data="real",
        data_items={},
        model_sha256="",
        settings=EvaluationSettings(),
        metrics={"representation": MetricRecord(digest="", seconds=0, tables=(table,))},
    )
    return Result(model, seed, record, {})


def block(*results, **changes):
    experiment = tiny_experiment()
    table = experiment.tables[0].model_copy(update=changes)
    first, _ = side_by_side(experiment, table, Results(results))
    return first.splitlines()


def verdict(left, right, noise=0.0):
    experiment = tiny_experiment()
    claim = experiment.claims[0].model_copy(update={"noise": noise})
    runs = [result("mmjsd", 0, left), result("mvae", 0, right)]
    return checked(claim, experiment, Results(runs))


def test_the_best_is_bold_among_ours_and_among_the_published():
    lines = block(result("mvae", 0.7, 0.8), result("mmjsd", 0.6, 0.8))
    assert lines[0] == "| given | mvae | paper | mmjsd | paper |"
    assert lines[2] == "| left | **.700** | .50 | .600 | **.90** |"
    # equal as shown: both; one published number has nothing to be better than
    assert lines[3] == "| both | **.800** | - | **.800** | .95 |"


def test_the_lowest_is_best_where_it_says_so_and_none_where_none_is():
    runs = result("mvae", 0.7, 0.8), result("mmjsd", 0.6, 0.8)
    assert block(*runs, best="low")[2] == "| left | .700 | **.50** | **.600** | .90 |"
    assert "**" not in block(*runs, best="none")[2]


def test_what_is_missing_is_a_dash():
    assert block(result("mvae", 0.7, None))[2:] == [
        "| left | .700 | .50 | - | **.90** |",
        "| both | - | - | - | .95 |",
    ]


def test_seeds_are_a_mean_and_a_standard_deviation():
    lines = block(result("mvae", 0.7, 0.8), result("mvae", 0.8, 0.8, seed=1))
    assert lines[2].startswith("| left | .750 ± .071 |")
    assert Number.of([-1200.4]).shown(0) == "-1200"
    assert Number(-0.25).shown(2) == "-.25"
    assert Number(10.5).shown(1) == "10.5"


@pytest.mark.parametrize(
    ("left", "right", "noise", "found"),
    [
        (0.8, 0.7, 0.0, "holds"),
        (0.8, 0.8, 0.0, "holds"),
        (0.79, 0.8, 0.0, "does not hold"),
        (0.79, 0.8, 0.01, "holds within noise"),
        (0.78, 0.8, 0.01, "does not hold"),
        (None, 0.8, 0.0, "no numbers yet"),
        # a difference that the page does not show does not count
        (0.80001, 0.80002, 0.0, "holds"),
    ],
)
def test_claims(left, right, noise, found):
    assert verdict(left, right, noise).result == found


def test_a_claim_that_fails_says_where():
    details = verdict(0.79, 0.8).details
    assert details == "0 of 1 comparisons; exceptions: both, mmjsd .790 < mvae .800"


def test_the_exception_of_a_table_whose_best_is_low_is_a_larger_number():
    experiment = tiny_experiment()
    low = experiment.tables[0].model_copy(update={"best": "low"})
    experiment = experiment.model_copy(update={"tables": (low,)})
    runs = Results([result("mmjsd", 0, 0.8), result("mvae", 0, 0.79)])
    details = checked(experiment.claims[0], experiment, runs).details
    assert details == "0 of 1 comparisons; exceptions: both, mmjsd .800 > mvae .790"


def test_the_published_numbers_are_put_to_the_same_test():
    experiment = tiny_experiment()
    claim = experiment.claims[0]
    assert checked_as_published(claim, experiment).result == "no numbers yet"
    assert (
        checked_as_published(claim.model_copy(update={"rows": ("left",)}), experiment).result
        == "holds"
    )


def test_a_table_that_does_not_fit_its_measures_is_refused():
    with pytest.raises(ValidationError, match="mvae has 1 numbers for 2 rows"):
        PublishedTable(
            title="t",
            about="",
            measures={"x": ("t", "x", "c"), "y": ("t", "y", "c")},
            published={"mvae": "0.5"},
        )


@pytest.mark.parametrize(
    "change", [{"rows": ("rihgt",)}, {"at_least": (("mmjsd", "mmvae"),)}, {"table": "other"}]
)
def test_a_claim_about_nothing_is_refused(change):
    document = tiny_experiment().model_dump(exclude={"tables", "claims"})
    claim = tiny_experiment().claims[0].model_dump() | change
    with pytest.raises(ValidationError, match="is unknown"):
        Experiment(**document, tables=tiny_experiment().tables, claims=(Claim(**claim),))

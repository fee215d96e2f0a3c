"""What `impute --conformal` prints of its calibration: one sentence for each modality."""

from mmcore.config.predict import ImputeSettings
from mmcore.runs.prediction import open_query
from mmcore.runs.prediction.conformal import Conformal, _calibrated
from mmcore.runs.prediction.imputation import impute
from mmcore.runs.run import Run


def notes(linear, **tables):
    run = Run.open(linear.run, linear.catalogue)
    query = open_query(run, linear.new(**tables) if tables else None)
    settings = ImputeSettings(level=0.4, samples=9, conformal=True)
    conformal = Conformal.of(run, query, settings)
    list(impute(query, settings, conformal))
    return conformal.notes


def test_one_pattern_is_named(linear):
    first, second = notes(linear, m0=linear.frame("m0", slice(0, 3)))
    assert first.startswith("conformal intervals of m1 given m0: calibrated on ")
    assert second.startswith("conformal intervals of m2 given m0: calibrated on ")


def test_several_patterns_of_a_modality_are_one_sentence(linear):
    new = {name: linear.frame(name, slice(0, 3)) for name in ("m0", "m1")}
    new["m1"] = new["m1"].iloc[:1]
    first, second = notes(linear, **new)
    assert first.startswith("conformal intervals of m1 given m0: ")
    assert second.startswith("conformal intervals of m2: calibrated on ")
    assert second.endswith(" held-out records for each of 2 sets of given values")


def test_the_fewest_records_and_the_most_are_named():
    assert _calibrated("m", {"a": 9, "b": 4, "a+b": 5}) == (
        "conformal intervals of m: calibrated on 4 to 9 held-out records for each of 3 sets of given values,"
        " the fewest given b"
    )

"""Each check of a modality is seen failing: a modality that keeps every promise, and planted faults."""

import pytest
from support.faults import GENERAL, cases, claimed, planned, report_of, require_caught
from support.faulty_modalities import (
    ByChance,
    ByItsLength,
    ByTheBatch,
    ByThePlaceInTheBatch,
    ByWhatNoFileHolds,
    ChangesInPlace,
    DeclaresOtherBatchShape,
    DrawsBeside,
    DrawsOtherShape,
    FeaturesOfTheBatch,
    Fine,
    FlatPicture,
    ForgetsTheScale,
    HalfPrecision,
    HoldsAFunction,
    InfiniteOnItsDraws,
    InfiniteVariances,
    KeepsOldWeights,
    LosesNumbers,
    NeedsAStyle,
    NegativePicture,
    OneClassTooMany,
    OnlyInterpreted,
    PreparesTwice,
    ScoresHolesAsZeros,
    ScoresTheFirstDraw,
    SeededElsewhere,
    SelectsOthers,
    SinglePrecision,
    Squeezes,
    TooBright,
    Unnormalized,
    UnusedParameter,
    ValidatesValues,
)

from mmcore.testing.checks.cases import DatasetCase, ModalityCase
from mmcore.testing.vectors import VectorData

FAULTS = [
    (LosesNumbers, "encodes"),
    (InfiniteVariances, "encodes", ...),
    (DeclaresOtherBatchShape, "decodes"),
    (Squeezes, "one-row"),
    (NeedsAStyle, "without-style"),
    (PreparesTwice, "prepare"),
    (ChangesInPlace, "prepare"),
    (ByTheBatch, "rows-apart"),
    (ByThePlaceInTheBatch, "rows-apart"),
    (ByChance, "repeatable"),
    (SeededElsewhere, "seeded-weights"),
    (UnusedParameter, "gradients"),
    (ByItsLength, "absent-rows"),
    (ByWhatNoFileHolds, "saving"),
    (SinglePrecision, "float64"),
    (HalfPrecision, "autocast"),
    (OnlyInterpreted, "compiles"),
    (HoldsAFunction, "sent-to-worker"),
    (TooBright, "render"),
    (FlatPicture, "render"),
    (NegativePicture, "render"),
    (OneClassTooMany, "classifier"),
    (FeaturesOfTheBatch, "classifier"),
    (InfiniteOnItsDraws, "log-prob-is-finite"),
    (DrawsOtherShape, "draws-in-support", "score"),
    (Unnormalized, "normalization"),
    (ForgetsTheScale, "score"),
    (DrawsBeside, "draws-follow-density", "score"),
    (ScoresTheFirstDraw, "scoring"),
    (SelectsOthers, "scoring"),
    (ScoresHolesAsZeros, "scoring"),
    (KeepsOldWeights, "scoring"),
]


def case(make=Fine):
    return ModalityCase(make, DatasetCase(VectorData))


def test_a_modality_that_keeps_every_promise_passes_every_check():
    report = report_of("modality", case(), {"compiles"})
    assert report.ok, report.text()
    assert {outcome.check for outcome in report.having("skipped")} == GENERAL


def test_a_likelihood_that_validates_values_is_scored_without_missing_cells():
    report = report_of("modality", case(ValidatesValues), {"scoring"})
    assert report.ok, report.text()


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("modality", case(fault), checks), checks)


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("modality") - planned("dataset")

"""Each check of a metric is seen failing: a metric that keeps every promise, and planted faults."""

import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from support.faults import cases, claimed, planned, report_of, require_caught

from mmcore.errors import MmcoreError
from mmcore.fusion import Fusion
from mmcore.inference.representation.posteriors import named_posterior
from mmcore.metrics.base import Measured, Metric
from mmcore.noise import Noise
from mmcore.plugins import Catalogue
from mmcore.plugins.loading import NoSettings
from mmcore.reporting.record import Column, Table
from mmcore.testing import check_metric, run_checks
from mmcore.testing.checks.metric_case import MetricCase

CORE = Catalogue.discover({"MMCORE_PLUGINS": ""})


class Fine(Metric):
    """The mean squared error of each modality that is generated from the subset of one modality."""

    title = "errors"

    def __init__(self, context):
        super().__init__(NoSettings(), context)

    def measure(self, subject):
        rows = {name: self.row(subject, name) for name in subject.model.names}
        table = Table(
            name=self.title, about="Squared errors.", columns=self.columns(subject), rows=rows
        )
        return Measured([table], self.left_out(subject))

    def columns(self, subject):
        return tuple(Column(name=name, best="low") for name in subject.model.names)

    def left_out(self, subject):
        return ()

    def row(self, subject, given):
        indices = subject.test_rows(subject.settings.rows)
        batch = subject.data.test.fetch(indices, Noise(len(indices)))
        errors = []
        for name in subject.model.names:
            both = batch.present[given] & batch.present[name]
            errors.append(self.error(subject, batch, given, name, both))
        return tuple(errors)

    def error(self, subject, batch, given, name, both):
        model, noise = subject.model, Noise(len(both), seed=subject.settings.seed)
        if not both.any():
            return None
        with torch.no_grad():
            encoding = model.codec.encode(batch).restrict([given])
            content = named_posterior(model, subject.settings.fusion)(encoding, noise).mean
            style = torch.zeros(len(content), model.context.style_dims[name])
            built = model.codec[name].decode(content, style).mean
        value = (built - batch.values[name])[both].square().mean()
        return float(value) if value.isfinite() else None


class Unlabeled(Fine):
    """A metric of labels, which cannot be measured without them."""

    def row(self, subject, given):
        subject.complete_rows(10)
        return super().row(subject, given)


class ReturnsTables(Fine):
    def measure(self, subject):
        return super().measure(subject).tables


class ReturnsNothing(Fine):
    def measure(self, subject):
        return Measured([])


class NoRows(Fine):
    def measure(self, subject):
        (table,) = super().measure(subject).tables
        return Measured([table.model_copy(update={"rows": {}})])


class TooManyNumbers(Fine):
    def row(self, subject, given):
        return (*super().row(subject, given), 1.0)


class Documents(Fine):
    def measure(self, subject):
        measured = super().measure(subject)
        return Measured([table.model_dump() for table in measured.tables])


class TwoTablesOfOneName(Fine):
    def measure(self, subject):
        return Measured(super().measure(subject).tables * 2)


class EmptyName(Fine):
    title = ""


class EqualColumns(Fine):
    def columns(self, subject):
        return tuple(Column(name="error") for _ in subject.model.names)


class NoDescription(Fine):
    def measure(self, subject):
        (table,) = super().measure(subject).tables
        return Measured([table.model_copy(update={"about": " "})])


class OneWord(Fine):
    def left_out(self, subject):
        return ["styles"]


class NoText(Fine):
    def left_out(self, subject):
        return [MmcoreError("styles are not measured")]


class Infinite(Fine):
    def row(self, subject, given):
        return (float("inf"), *super().row(subject, given)[1:])


class NotANumber(Fine):
    def row(self, subject, given):
        return (float("nan"), *super().row(subject, given)[1:])


class SeededElsewhere(Fine):
    def error(self, subject, batch, given, name, both):
        generator = torch.Generator().manual_seed(torch.initial_seed())
        return float(torch.rand((), generator=generator))


class SeededByTime(Fine):
    def error(self, subject, batch, given, name, both):
        return random.SystemRandom().random()


class DrawsGlobally(Fine):
    def row(self, subject, given):
        torch.rand(1)
        return super().row(subject, given)


class SeedsGlobally(Fine):
    def row(self, subject, given):
        np.random.seed(0)
        np.random.rand()
        return super().row(subject, given)


class Shuffles(Fine):
    def row(self, subject, given):
        random.shuffle([1, 2, 3])
        return super().row(subject, given)


class ChangesWeights(Fine):
    def row(self, subject, given):
        for parameter in subject.model.parameters():
            parameter.data.mul_(1.001)
        return super().row(subject, given)


class TrainMode(Fine):
    def row(self, subject, given):
        subject.model.train()
        return super().row(subject, given)


class LeavesGradients(Fine):
    def row(self, subject, given):
        sum(parameter.sum() for parameter in subject.model.parameters()).backward()
        return super().row(subject, given)


class Freezes(Fine):
    def row(self, subject, given):
        subject.model.requires_grad_(False)
        return super().row(subject, given)


class FusionsOnly(Fine):
    def row(self, subject, given):
        posterior = subject.model.inference
        return (float(posterior.weights[0]), *super().row(subject, given)[1:])


class NothingOfOthers(Fine):
    def measure(self, subject):
        measured = super().measure(subject)
        return measured if isinstance(subject.model.inference, Fusion) else Measured([])


class NoMissing(Fine):
    def row(self, subject, given):
        assert not subject.has_missing
        return super().row(subject, given)


class MeanOfNone(Fine):
    def error(self, subject, batch, given, name, both):
        alone = both & ~both if subject.has_missing else both
        batch = replace(batch, values={n: x.clone() for n, x in batch.values.items()})
        value = batch.values[name][alone].mean()
        return float(value)


class NeedsLabels(Fine):
    def row(self, subject, given):
        indices = subject.test_rows(10)
        subject.data.test.fetch(indices, Noise(len(indices))).labels.unique()
        return super().row(subject, given)


class NeedsItems(Fine):
    def row(self, subject, given):
        subject.data.test.views[given].labels.max()
        return super().row(subject, given)


class NeedsTwo(Fine):
    def row(self, subject, given):
        subject.model.names[1]
        return super().row(subject, given)


class OtherModalities(Fine):
    """The mean over the other modalities, which is not a number where there is none."""

    def columns(self, subject):
        return (Column(name="others"),)

    def row(self, subject, given):
        row = super().row(subject, given)
        others = [e for name, e in zip(subject.model.names, row, strict=True) if name != given]
        return (float(np.mean([e for e in others if e is not None])) if others else float("nan"),)


class Percent(Fine):
    def row(self, subject, given):
        subject.progress(50.0)
        return super().row(subject, given)


class UnknownSetting(Fine):
    uses = (*Metric.uses, "samples")


class ForgetsTheSeed(Fine):
    uses = ("subsets", "rows", "fusion")

    def row(self, subject, given):
        shift = 0.1 * subject.settings.seed
        return tuple(None if e is None else e + shift for e in super().row(subject, given))


class ForgetsTheRows(Fine):
    uses = ("subsets", "fusion", "seed")


class ForgetsThePosterior(Fine):
    uses = ("subsets", "rows", "seed")


class ForgetsTheSubsets(Fine):
    uses = ("rows", "fusion", "seed")

    def measure(self, subject):
        (table,) = super().measure(subject).tables
        chosen = {"+".join(subset) for subset in subject.given}
        rows = {name: row for name, row in table.rows.items() if name in chosen}
        return Measured([table.model_copy(update={"rows": rows})])


class EverySubset(Fine):
    def row(self, subject, given):
        assert subject.settings.subsets is None
        return super().row(subject, given)


class OwnFusions(Fine):
    def row(self, subject, given):
        assert subject.settings.fusion == "generation"
        return super().row(subject, given)


FAULTS = [
    (ReturnsTables, "tables", ...),
    (ReturnsNothing, "tables", ...),
    (NoRows, "tables"),
    (TooManyNumbers, "tables"),
    (Documents, "tables", ...),
    (TwoTablesOfOneName, "names"),
    (EmptyName, "names"),
    (EqualColumns, "names"),
    (NoDescription, "sentences"),
    (OneWord, "sentences", ...),
    (NoText, "sentences", ...),
    (Infinite, "finite", ...),
    (NotANumber, "finite", ...),
    (SeededElsewhere, "repeatable"),
    (SeededByTime, "repeatable", ...),
    (DrawsGlobally, "no-randomness"),
    (SeedsGlobally, "no-randomness"),
    (Shuffles, "no-randomness"),
    (ChangesWeights, "keeps-the-model"),
    (TrainMode, "keeps-the-model"),
    (LeavesGradients, "keeps-the-model"),
    (Freezes, "keeps-the-model"),
    (FusionsOnly, "any-posterior"),
    (NothingOfOthers, "any-posterior"),
    (NoMissing, "missing-modalities"),
    (MeanOfNone, "missing-modalities"),
    (NeedsLabels, "without-labels"),
    (NeedsItems, "without-labels"),
    (NeedsTwo, "single-modality"),
    (OtherModalities, "single-modality"),
    (Percent, "progress"),
    (UnknownSetting, "declared-settings"),
    (ForgetsTheSeed, "declared-settings"),
    (ForgetsTheRows, "declared-settings"),
    (ForgetsThePosterior, "declared-settings"),
    (ForgetsTheSubsets, "declared-settings"),
    (EverySubset, "used-settings"),
    (OwnFusions, "used-settings"),
]


@pytest.mark.parametrize("make", [Fine, Unlabeled])
def test_a_metric_that_keeps_every_promise_passes_every_check(make):
    assert check_metric(make).ok


@pytest.mark.parametrize("name", CORE.names("metric"))
def test_the_metrics_of_the_core_keep_every_promise(name):
    run_checks("metric", name, CORE).require_ok()


def test_a_metric_that_measures_nothing_for_a_reason_is_unchecked():
    class OfTexts(Fine):
        def measure(self, subject):
            raise MmcoreError("no modality is a text; add one that is")

    report = check_metric(OfTexts)
    unchecked = {outcome.check: outcome.message for outcome in report.having("unchecked")}
    assert {"tables", "finite", "repeatable"} <= unchecked.keys()
    assert set(unchecked.values()) == {"no modality is a text; add one that is"}


@pytest.mark.parametrize(("fault", "checks"), cases(FAULTS))
def test_a_planted_fault_is_caught_by_its_check(fault, checks):
    require_caught(report_of("metric", MetricCase(fault), checks), checks)


def test_every_check_has_been_seen_failing():
    assert claimed(FAULTS) == planned("metric")

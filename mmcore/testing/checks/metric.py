"""Checks of a metric: its tables, its numbers, and the models and data that it measures."""

import math

import torch
from torch import Tensor

from mmcore.metrics.base import Measured
from mmcore.model import Model
from mmcore.reporting.record import Table
from mmcore.testing.check import Check, NotApplicable, require
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.metric_case import NAMES, MetricCase, Trial, numbers
from mmcore.testing.checks.tracker_case import generators
from mmcore.testing.kit import Kit

__all__ = ["METRIC"]

SHARED = {
    "subsets": (NAMES[0],),
    "rows": 10,
    "fusion": "product-with-prior",
    "seed": 1,
    "precision": "bf16-mixed",
}
"""Other values of the settings that metrics share."""


def tables(case: MetricCase) -> None:
    """`measure` returns `Measured` with a table, whose rows have as many numbers as there are columns."""
    measured = case.measured
    require(isinstance(measured, Measured), f"measure returns {type(measured).__name__}")
    require(bool(measured.tables), "it measures nothing of complete samples with labels")
    for table in measured.tables:
        require(isinstance(table, Table), f"a table is of type {type(table).__name__}")
        require(bool(table.rows), f"table '{table.name}' has no rows")
        wrong = [row for row, values in table.rows.items() if len(values) != len(table.columns)]
        require(
            not wrong,
            f"row '{''.join(wrong[:1])}' of table '{table.name}' has not {len(table.columns)} numbers",
        )


def names(case: MetricCase) -> None:
    """The names of its tables are not empty and unique, and the names of the columns of each table."""
    titles = [table.name for table in case.measured.tables]
    require(all(titles) and len({*titles}) == len(titles), f"the tables are named {titles}")
    for table in case.measured.tables:
        columns = [column.name for column in table.columns]
        unique = all(columns) and len({*columns}) == len(columns)
        require(unique, f"the columns of '{table.name}' are named {columns}")


def sentences(case: MetricCase) -> None:
    """Every table states what it measures in `about`, and `left_out` has sentences."""
    for table in case.measured.tables:
        require(bool(table.about.strip()), f"table '{table.name}' has an empty `about`")
    _require_sentences(case.measured)


def finite(case: MetricCase) -> None:
    """Numbers are finite, or None where a number does not apply."""
    _require_finite(case.measured, "complete samples")


def repeatable(case: MetricCase) -> None:
    """The same model, data and settings give the same numbers, at any global seed."""
    wanted = numbers(case.measured)
    torch.default_generator.manual_seed(torch.initial_seed() + 1)
    _require_same(numbers(case.measure(Trial())), wanted, "a second measurement")


def no_randomness(case: MetricCase) -> None:
    """It changes no global generator."""
    before = generators()
    case.measure_if_possible(Trial())
    for name, state in generators().items():
        require(state == before[name], f"it changes the generator of {name}")


def keeps_the_model(case: MetricCase) -> None:
    """The model keeps its weights, its eval mode and its settings of gradients."""
    subject = case.subject(Trial())
    before = _state(subject.model)
    case.measure_if_possible(subject)
    after = _state(subject.model)
    changed = [name for name in before if not torch.equal(before[name], after[name])]
    require(not changed, f"it changes {', '.join(changed[:3])}")
    require(not any(m.training for m in subject.model.modules()), "the model is not in eval mode")
    graded = [n for n, p in subject.model.named_parameters() if p.grad is not None]
    require(not graded, f"it leaves gradients in {', '.join(graded[:3])}")
    frozen = [n for n, p in subject.model.named_parameters() if not p.requires_grad]
    require(not frozen, f"it changes requires_grad of {', '.join(frozen[:3])}")


def any_posterior(case: MetricCase) -> None:
    """It measures a model whose joint posterior is no fusion of experts, or gives the reason why not."""
    _measure(case, Trial(fused=False), "a joint posterior that is no fusion")


def missing_modalities(case: MetricCase) -> None:
    """It measures held-out samples that lack modalities, or gives the reason why not."""
    _measure(case, Trial(missing=True), "samples that lack modalities")


def without_labels(case: MetricCase) -> None:
    """It measures samples without labels, or gives the reason why not."""
    _measure(case, Trial(labeled=False), "samples without labels")


def single_modality(case: MetricCase) -> None:
    """It measures a model of one modality, or gives the reason why not."""
    _measure(case, Trial(names=NAMES[:1]), "a single modality")


def progress(case: MetricCase) -> None:
    """The progress that it shows is a share from 0 to 1."""
    shares: list[float] = []
    subject = case.subject(Trial(settings={"rows": 10}), shares.append)
    case.measure_if_possible(subject)
    wrong = [share for share in shares if not 0 <= share <= 1]
    require(not wrong, f"it shows the progress {wrong[:3]}, not shares from 0 to 1")


def declared_settings(case: MetricCase) -> None:
    """`uses` names shared settings, and no number depends on another one."""
    uses = case.metric.uses
    unknown = [name for name in uses if name not in SHARED]
    require(not unknown, f"uses names {', '.join(unknown)}, expected some of {', '.join(SHARED)}")
    others = {name: value for name, value in SHARED.items() if name not in uses}
    if not others:
        raise NotApplicable("it uses all shared settings")
    wanted = numbers(case.measured)
    changed = numbers(case.measure(Trial(settings=others)))
    _require_same(changed, wanted, f"other values of {', '.join(others)}")


def used_settings(case: MetricCase) -> None:
    """It works with other values of the shared settings that it uses."""
    settings = {name: value for name, value in SHARED.items() if name in case.metric.uses}
    _measure(case, Trial(settings=settings), "other values of its settings")


METRIC = Kit(
    "metric",
    MetricCase,
    MetricCase.of_component,
    (
        *COMPONENT_CHECKS,
        *map(
            Check.of,
            (
                tables,
                names,
                sentences,
                finite,
                repeatable,
                no_randomness,
                keeps_the_model,
                any_posterior,
                missing_modalities,
                without_labels,
                single_modality,
                progress,
                declared_settings,
                used_settings,
            ),
        ),
    ),
)


def _measure(case: MetricCase, trial: Trial, what: str) -> None:
    """Require finite numbers of a trial, or the reason why it is not measured."""
    measured = case.measure_if_possible(trial)
    reason = bool(measured.tables) or bool(measured.left_out)
    require(reason, f"it measures nothing of {what}, without a reason in left_out")
    _require_finite(measured, what)
    _require_sentences(measured)


def _require_finite(measured: Measured, what: str) -> None:
    for place, value in numbers(measured).items():
        right = value is None or math.isfinite(value)
        require(
            right, f"{' / '.join(place)} of {what} is {value}; use None where it does not apply"
        )


def _require_sentences(measured: Measured) -> None:
    for text in measured.left_out:
        sentence = isinstance(text, str) and " " in text.strip() and "\n" not in text
        require(sentence, f"left_out has {text!r}, which is no sentence")


def _require_same(
    measured: dict[tuple[str, str, str], float | None],
    wanted: dict[tuple[str, str, str], float | None],
    what: str,
) -> None:
    require(measured.keys() == wanted.keys(), f"{what} gives other tables, rows or columns")
    for place, value in measured.items():
        same = value == wanted[place]
        require(same, f"{what} gives {value}, not {wanted[place]}, for {' / '.join(place)}")


def _state(model: Model) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}

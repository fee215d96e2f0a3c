"""Table 2 of the paper: whether what is generated shows what was given."""

from torch import Tensor

from mmcore.errors import MmcoreError
from mmcore.inference.posteriors import COMPARED, named_posterior
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.coherence_of import Coherence, coherence, random_coherence
from mmcore.metrics.scores import attribute_names, mean_precision, score_name
from mmcore.reporting.record import Column, Table

__all__ = ["CoherenceMetric"]

ALL = "all others"


class CoherenceMetric(Metric):
    """Coherence by classifier and by exact reading, of subsets, of all targets, and of the prior."""

    name = "coherence"
    uses = ("subsets", "rows", "fusion", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return one table each for classifiers, readings, the prior and the fusions."""
        model, settings = subject.model, subject.settings
        if not subject.judges and subject.has_holes:
            raise MmcoreError("no modality has a classifier and labelled items to judge by")
        indices = subject.complete_rows(settings.rows)
        found = _measured(subject, indices, settings.fusion, subject.given)
        if not any(found.judged.values()) and not any(found.read.values()):
            raise MmcoreError("no modality has a classifier, and none can be read; see Modality")
        tables, left_out = [], subject.unjudged
        if subject.judges:
            tables += [_judged(found, subject), _own(subject)]
        if any(found.read.values()):
            tables.append(_read(found, model.names))
        if found.attributes:
            tables.append(_by_attribute(found, subject))
            left_out.append(
                "binary attributes have no one label for samples of the prior to agree on"
            )
        elif len(subject.judges) > 1:
            share = random_coherence(model, subject.judges, settings.rows, settings.seed)
            tables.append(_random(share, settings.rows))
        pairs = [k for k in subject.given if 1 < len(k) < len(model.names)]
        if pairs and subject.judges:
            tables.append(_fusions(subject, indices, pairs))
        return Measured(tables, left_out)


def _measured(
    subject: Subject,
    indices: Tensor,
    fusion: str,
    given: list[tuple[str, ...]],
    *,
    crossed: bool = False,
) -> Coherence:
    model = subject.model
    return coherence(
        model,
        subject.data.test,
        indices,
        subject.judges,
        given,
        named_posterior(model, fusion),
        subject.settings.seed,
        crossed=crossed,
    )


def _judged(found: Coherence, subject: Subject) -> Table:
    names = list(subject.judges)
    told = ", ".join(f"{n} {j.score:.3f}" for n, j in subject.judges.items())
    if found.attributes:
        return Table(
            name="coherence",
            about="Mean average precision over attributes with which a classifier finds in the"
            " generated modality (column) what the sample that was given (row) has; knowing nothing"
            f" scores {mean_precision(found.rates):.3f}. {found.rows} held-out samples, content drawn by"
            f" the fusion '{subject.settings.fusion}', styles from the prior. The classifiers' own on"
            f" real items: {told}.",
            columns=tuple(Column(name=name, best="high") for name in names),
            rows={k: tuple(by.get(name) for name in names) for k, by in found.judged.items()},
        )
    rows = {
        subset: (*(by.get(name) for name in names), found.joint.get(subset))
        for subset, by in found.judged.items()
    }
    return Table(
        name="coherence",
        about="Share of samples whose generated modality (column) a classifier gives the label of what"
        f" was given (row); '{ALL}' are all that were not given, right at once (where all were given,"
        f" all). {found.rows} held-out samples, content drawn by the fusion"
        f" '{subject.settings.fusion}', styles from the prior. The classifiers' own test accuracy:"
        f" {told}.",
        columns=tuple(Column(name=name, best="high") for name in (*names, ALL)),
        rows=rows,
    )


def _by_attribute(found: Coherence, subject: Subject) -> Table:
    """Return what each attribute reaches in what was not given, beside its base rate."""
    crossed = {
        f"{subset} → {name}": by[name]
        for subset, by in found.attributes.items()
        for name in by
        if name not in subset.split("+")
    }
    names = attribute_names(subject.data.label_names, len(found.rates))
    columns = zip(*crossed.values(), strict=True) if crossed else [() for _ in names]
    return Table(
        name="coherence by attribute",
        about=f"Average precision of each attribute in what is generated; {found.rows} held-out samples."
        " An attribute that all of them have, or none, has no precision.",
        row_label="attribute",
        columns=(
            Column(name="base rate"),
            *(Column(name=name, best="high") for name in crossed),
        ),
        rows={
            name: (rate, *values)
            for name, rate, values in zip(names, found.rates, columns, strict=True)
        },
    )


def _own(subject: Subject) -> Table:
    kind = score_name(subject.data.test.views[next(iter(subject.judges))].labels)
    return Table(
        name="classifiers",
        about=f"The classifiers' own {kind} on held-out real items, the ceiling of coherence; they"
        f" were trained on the unimodal training items ({subject.data.kind} data).",
        row_label="modality",
        columns=(
            Column(name=kind),
            Column(name="training items"),
            Column(name="test items"),
        ),
        rows={n: (j.score, j.train_items, j.test_items) for n, j in subject.judges.items()},
    )


def _read(found: Coherence, names: tuple[str, ...]) -> Table:
    readable = [name for name in names if any(name in by for by in found.read.values())]
    return Table(
        name="exact reading",
        about="Share of samples whose most likely generated value spells the label exactly, which a"
        " classifier on probabilities does not ask for.",
        columns=tuple(Column(name=name, best="high") for name in readable),
        rows={subset: tuple(by.get(n) for n in readable) for subset, by in found.read.items()},
    )


def _random(share: float, rows: int) -> Table:
    return Table(
        name="random coherence",
        about=f"Share of {rows} samples from the prior on whose label all classifiers agree (strict).",
        row_label="from",
        columns=(Column(name="all agree", best="high"),),
        rows={"prior": (share,)},
    )


def _fusions(subject: Subject, indices: Tensor, pairs: list[tuple[str, ...]]) -> Table:
    rows: dict[str, tuple[float | None, ...]] = {}
    columns: list[str] = []
    for fusion in COMPARED:
        found = _measured(subject, indices, fusion, pairs, crossed=True)
        outside = {
            f"{subset} → {target}": share
            for subset, by in found.judged.items()
            for target, share in by.items()
        }
        columns = list(outside)
        rows[fusion] = (*outside.values(), sum(outside.values()) / max(len(outside), 1))
    return Table(
        name="fusions",
        about="Coherence by how the experts of a subset are fused; 'generation' and 'inference' are"
        " what the method uses itself, the others weigh the experts equally.",
        row_label="fusion",
        columns=tuple(Column(name=name, best="high") for name in (*columns, "mean")),
        rows=rows,
    )

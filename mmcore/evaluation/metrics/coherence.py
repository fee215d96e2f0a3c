"""Table 2 of the paper: whether what is generated shows what was given."""

from torch import Tensor

from mmcore.errors import MmcoreError
from mmcore.evaluation.coherence import Coherence, coherence, random_coherence
from mmcore.evaluation.fusions import FUSIONS, named_fusion
from mmcore.evaluation.metrics.base import Measured, Metric, Subject
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
        indices = subject.test_rows(settings.rows)
        found = _measured(subject, indices, settings.fusion)
        if not any(found.judged.values()) and not any(found.read.values()):
            raise MmcoreError("no modality has a classifier, and none can be read; see Modality")
        tables = []
        if subject.judges:
            tables += [_judged(found, subject), _own(subject)]
        if any(found.read.values()):
            tables.append(_read(found, model.names))
        if len(subject.judges) > 1:
            share = random_coherence(model, subject.judges, settings.rows, settings.seed)
            tables.append(_random(share, settings.rows))
        pairs = [k for k in subject.given if 1 < len(k) < len(model.names)]
        if pairs and subject.judges:
            tables.append(_fusions(subject, indices, pairs))
        return Measured(tables, subject.unjudged)


def _measured(
    subject: Subject, indices: Tensor, fusion: str, given: list[tuple[str, ...]] | None = None
) -> Coherence:
    model = subject.model
    return coherence(
        model,
        subject.data.test,
        indices,
        subject.judges,
        given or subject.given,
        named_fusion(model, fusion),
        subject.settings.seed,
    )


def _judged(found: Coherence, subject: Subject) -> Table:
    names = list(subject.judges)
    told = ", ".join(f"{n} {j.accuracy:.3f}" for n, j in subject.judges.items())
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


def _own(subject: Subject) -> Table:
    return Table(
        name="classifiers",
        about="The classifiers' own accuracy on held-out real items, the ceiling of coherence; they"
        f" were trained on the unimodal training items ({subject.data.kind} data).",
        row_label="modality",
        columns=(
            Column(name="accuracy"),
            Column(name="training items"),
            Column(name="test items"),
        ),
        rows={n: (j.accuracy, j.train_items, j.test_items) for n, j in subject.judges.items()},
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
    for fusion in FUSIONS:
        found = _measured(subject, indices, fusion, pairs)
        outside = {
            f"{subset} → {target}": share
            for subset, by in found.judged.items()
            for target, share in by.items()
            if target not in subset.split("+")
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

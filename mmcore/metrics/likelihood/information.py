"""Information of each modality about the content, over held-out samples."""

import torch
from pydantic import BaseModel
from torch import Tensor

from mmcore.inference.explanation.information import information
from mmcore.inference.representation.batches import encoded_batches
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.reporting.record import Column, Table

__all__ = ["InformationMetric"]

CHUNK = 500
SHARES = (0.1, 0.5, 0.9)
COLUMNS = (
    Column(name="nats added"),
    Column(name="standard error"),
    *(Column(name=f"{share:.0%} of samples below") for share in SHARES),
    Column(name="share of precision"),
    Column(name="samples"),
)


class InformationMetric(Metric[BaseModel]):
    """The information that each modality adds to the joint posterior, given all others of a sample."""

    uses = ("rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table with a row for each modality."""
        nats, precision = _measured(subject)
        about = (
            f"{nats.shape[1]} held-out samples: divergence of the posterior of the content given all"
            " modalities of a sample from the posterior without the modality (from the prior, if the sample"
            " has no other), its mean and its quantiles over samples; and the share of the modality in the"
            " joint precision, where the rest is the share of the prior. Information that two modalities"
            " share counts for neither. mmcore embed writes the nats of each record."
        )
        pairs = zip(subject.model.names, nats, precision, strict=True)
        rows = {name: _row(added, share) for name, added, share in pairs}
        table = Table(
            name="information",
            topic="embedding",
            about=about,
            row_label="modality",
            columns=COLUMNS,
            rows=rows,
        )
        left_out = [f"no held-out sample has {name}" for name, row in rows.items() if not row[-1]]
        if bool(precision.isnan().all()):
            left_out.append(
                "the share of precision does not apply: the joint posterior does not depend on the"
                " precisions of unimodal experts"
            )
        return Measured([table], left_out)


def _measured(subject: Subject) -> tuple[Tensor, Tensor]:
    model, settings = subject.model, subject.settings
    indices = subject.test_rows(settings.rows)
    parts = [
        information(model.prior, model.inference, batch.encoding, batch.noise.at("information"))
        for batch in encoded_batches(model, subject.data.test, indices, CHUNK, settings.seed)
    ]
    nats = torch.cat([part.nats for part in parts], dim=1)
    precision = torch.cat([part.precision for part in parts], dim=1)
    return nats.double().cpu(), precision.double().cpu()


def _row(nats: Tensor, precision: Tensor) -> tuple[float | None, ...]:
    known = nats[~nats.isnan()]
    if not len(known):
        return (*[None] * (len(COLUMNS) - 1), 0.0)
    spread = float(known.std() / len(known) ** 0.5) if len(known) > 1 else None
    below = known.quantile(torch.tensor(SHARES, dtype=known.dtype)).tolist()
    shares = precision[~precision.isnan()]
    share = float(shares.mean()) if len(shares) else None
    return (float(known.mean()), spread, *below, share, float(len(known)))

"""Which modality tells how much of the content, over held-out samples."""

import torch
from torch import Tensor

from mmcore.inference.information import information
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.noise import Noise
from mmcore.reporting.record import Column, Table

__all__ = ["InformationMetric"]

CHUNK = 500
SHARES = (0.1, 0.5, 0.9)
COLUMNS = (
    Column(name="nats it adds"),
    Column(name="standard error"),
    *(Column(name=f"{share:.0%} of samples below") for share in SHARES),
    Column(name="share of precision"),
    Column(name="samples"),
)


class InformationMetric(Metric):
    """What each modality adds to the joint posterior, beside all others that a sample has."""

    name = "information"
    uses = ("rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table with a row for each modality."""
        nats, precision = _measured(subject)
        about = (
            f"{nats.shape[1]} held-out samples: the divergence of the posterior of the content given all"
            " that a sample has from that without the modality (with nothing else, from the prior), its"
            " mean and its spread over samples; and the share of the joint precision that is the"
            " modality's, the rest being the prior's. What two modalities both tell counts for neither."
            " mmcore embed writes the nats of each record."
        )
        pairs = zip(subject.model.names, nats, precision, strict=True)
        rows = {name: _row(bits, share) for name, bits, share in pairs}
        table = Table(
            name="information", about=about, row_label="modality", columns=COLUMNS, rows=rows
        )
        unseen = [name for name, row in rows.items() if not row[-1]]
        return Measured([table], [f"{name} stands in no held-out sample" for name in unseen])


def _measured(subject: Subject) -> tuple[Tensor, Tensor]:
    model, seed = subject.model, subject.settings.seed
    found = []
    for indices in subject.test_rows(subject.settings.rows).split(CHUNK):
        place = Noise(len(indices), seed=seed, step=int(indices[0]))
        with torch.no_grad():
            encoding = model.codec.encode(subject.data.test.fetch(indices, place).to(model.device))
        noise = Noise(place.rows, seed, place.step, device=model.device).at("information")
        found.append(information(model.prior, model.inference, encoding, noise))
    nats = torch.cat([one.nats for one in found], dim=1)
    return nats.double().cpu(), torch.cat([one.precision for one in found], dim=1).double().cpu()


def _row(nats: Tensor, precision: Tensor) -> tuple[float | None, ...]:
    known = nats[~nats.isnan()]
    if not len(known):
        return (*[None] * (len(COLUMNS) - 1), 0.0)
    spread = float(known.std() / len(known) ** 0.5) if len(known) > 1 else None
    below = known.quantile(torch.tensor(SHARES, dtype=known.dtype)).tolist()
    shares = precision[~precision.isnan()]
    share = float(shares.mean()) if len(shares) else None
    return (float(known.mean()), spread, *below, share, float(len(known)))

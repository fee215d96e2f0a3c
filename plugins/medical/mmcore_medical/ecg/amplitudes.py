"""Records whose amplitudes are far from those of others, as those in another unit."""

import math
from collections.abc import Sequence

from torch import Tensor

from mmcore_medical.ecg.settings import Lead

__all__ = ["strengths", "unlike"]

FAR = 200.0
"""Factor between amplitudes; mV and uV differ by 1,000, and hearts by less than this."""


def strengths(values: Tensor, leads: Sequence[Lead]) -> Tensor:
    """Return the mean standard deviation of the leads of each record, in scales of the training records.

    Shapes:
        values: (B, L, T), NaN where a sample is missing. Returned: (B,), NaN for records without samples.
    """
    centered = values - values.nanmean(dim=2, keepdim=True)
    deviations = centered.square().nanmean(dim=2).sqrt()
    return (deviations / values.new_tensor([lead.scale for lead in leads])).nanmean(dim=1)


def unlike(strength: Tensor) -> int:
    """Return the number of records whose strength, (N,), is far from the median, or from 1 if none is.

    Constant records, whose leads are not connected, are not counted.
    """
    known = strength[strength > 0]
    if not len(known):
        return 0
    among, beside = (
        int(((known / usual).log().abs() > math.log(FAR)).sum()) for usual in (known.median(), 1)
    )
    return among or beside

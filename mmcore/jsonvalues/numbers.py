"""Values of any shape in JSON: nested lists of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, final

import numpy as np
import pandas as pd
import torch
from pydantic import Field
from torch import Tensor

from mmcore.data.tables import Reading
from mmcore.errors import MmcoreError
from mmcore.jsonvalues.base import ValueForm, strictly
from mmcore.modality import Modality
from mmcore.values import as_values

__all__ = ["NumbersForm"]


@final
@dataclass(frozen=True, slots=True)
class NumbersForm(ValueForm):
    """Numbers of one shape; null is a missing number, where the modality has some.

    Arguments:
        name: of the modality, for messages.
        modality: any.
        is_floating: whether prepared values are floating-point numbers, and not categories.
    """

    kind: ClassVar[Literal["numbers"]] = "numbers"
    name: str
    modality: Modality
    is_floating: bool = True

    @property
    def json_type(self) -> Any:
        """Nested lists, as many as a value has axes."""
        kind: Any = strictly(int, int, words="an integer")
        if self.is_floating:
            kind = strictly(
                float | int | None, float, int, type(None), words="a finite number or null"
            )
        for size in reversed(self.modality.event_shape):
            kind = Annotated[list[kind], Field(min_length=size, max_length=size)]
        return kind

    def read(self, values: Sequence[Any], ids: pd.Index) -> Reading:
        """Return the numbers, NaN where they are missing."""
        kind = np.float64 if self.is_floating else np.int64
        try:
            numbers = np.array(list(values), dtype=object).astype(kind)
        except (TypeError, ValueError) as error:
            shape = ", ".join(map(str, self.modality.event_shape))
            raise MmcoreError(
                f"'{self.name}' has values that are no numbers of the shape ({shape}) ({error})"
            ) from error
        stored = as_values(self.name, self.modality, numbers)
        self._check(stored, ids)
        return Reading(stored)

    def write(self, values: Tensor) -> list[Any]:
        """Return nested lists, with null for a number that is not finite."""
        cells = values.detach().cpu().double().numpy() if self.is_floating else values.cpu().numpy()
        plain = cells.astype(object)
        if self.is_floating:
            plain[~np.isfinite(cells)] = None
        return list(plain.tolist())

    @torch.no_grad()
    def _check(self, stored: Tensor, ids: pd.Index) -> None:
        """Refuse missing numbers if the encoder has no form for them."""
        gaps = stored.isnan().flatten(1).any(1) if stored.is_floating_point() else torch.tensor([])
        if not bool(gaps.any()):
            return
        rows = gaps.nonzero().squeeze(1)
        device = next(self.modality.parameters()).device
        posterior = self.modality.encode(self.modality.prepare(stored[rows[:1]].to(device)))
        if not bool(posterior.content.loc.isfinite().all()):
            raise MmcoreError(
                f"'{self.name}' of record '{ids[int(rows[0])]}' has a null among its numbers, which this"
                " modality does not take; give all numbers, or leave the modality out"
            )

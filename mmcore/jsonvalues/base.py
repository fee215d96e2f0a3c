"""The interface by which values of one modality are read from JSON and written to JSON."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, NotRequired

import pandas as pd
from pydantic import BeforeValidator, ConfigDict
from torch import Tensor
from typing_extensions import TypedDict

from mmcore.data.tables import Reader, Reading, Records

__all__ = ["ValueForm", "object_type", "strictly"]


class ValueForm(ABC):
    """The form in JSON of the values of one modality.

    A value of the form ``cells`` is an object of cells by column, of ``pictures`` a PNG file in base64, of
    ``texts`` a string, and of ``numbers`` nested lists of the shape of a value. A modality that a record
    lacks is null or left out in every form.

    MUST: `json_type`, `read`, `write`.

    MAY: `is_missing`, `records`, `reader`.
    """

    kind: ClassVar[Literal["cells", "pictures", "texts", "numbers"]]

    # -- MUST ------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def json_type(self) -> Any:
        """The type of a value that is present, for a model of pydantic."""

    @abstractmethod
    def read(self, values: Sequence[Any], ids: pd.Index) -> Reading:
        """Return values as the data stores them, (N, *E), on the CPU.

        Arguments:
            values: N values in JSON, as ``json.loads`` returns them; none of them is missing.
            ids: of the records, (N,), for messages.

        Raises:
            MmcoreError: a value is not valid.
        """

    @abstractmethod
    def write(self, values: Tensor) -> list[Any]:
        """Return prepared or generated values, (N, *E), in JSON, so that ``json.dumps`` writes them."""

    # -- MAY -------------------------------------------------------------------------------------

    def is_missing(self, value: Any) -> bool:
        """Return whether a value in JSON is that of a record that lacks the modality."""
        return value is None

    def records(self, values: Sequence[Any], ids: pd.Index) -> Records | None:
        """Return the cells of values in JSON; None, the default, if they are no cells of a table."""
        return None

    @property
    def reader(self) -> Reader | None:
        """The reader that writes the values as columns; None, the default, if there is none."""
        return None


def object_type(name: str, fields: Mapping[str, Any]) -> Any:
    """Return the type of a JSON object, of which any field can be left out and no other field is valid.

    Arguments:
        name: of the type, in the schema.
        fields: types by name, which need not be identifiers.
    """
    make: Any = TypedDict  # mypy supports only those whose fields stand in the code
    kind = make(name, {field: NotRequired[value] for field, value in fields.items()})
    kind.__pydantic_config__ = ConfigDict(extra="forbid")
    return kind


def strictly(kind: Any, *allowed: type, words: str) -> Any:
    """Return a type of JSON values that are not converted, with one message for all that is not valid.

    Arguments:
        kind: the type for the schema, such as a union.
        allowed: the classes of valid values; a number that is not finite is not valid.
        words: the valid values, for the message.
    """

    def check(value: Any) -> Any:
        is_finite = not isinstance(value, float) or math.isfinite(value)
        if type(value) in allowed and is_finite:
            return value
        raise ValueError(f"expected {words}")

    return Annotated[kind, BeforeValidator(check)]

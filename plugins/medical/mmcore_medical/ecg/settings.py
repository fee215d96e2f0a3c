"""Options of the modality ``ecg``."""

from typing import Literal

from pydantic import Field, PositiveFloat

from mmcore.config import Frozen


class Lead(Frozen):
    """A lead as it was fitted on the training records, in the unit of the files.

    ``loc`` and ``scale`` are mean and standard deviation of all samples.
    """

    name: str
    loc: float = 0.0
    scale: float = Field(1.0, gt=0)


class EcgSettings(Frozen):
    """Options of the modality ``ecg``."""

    length: int = Field(
        1024, ge=16, description="samples of a record, after resampling; the rest is cut"
    )
    rate: PositiveFloat = Field(100.0, description="samples per second, after resampling")
    csv_rate: PositiveFloat | None = Field(
        None, description="samples per second of CSV files, which do not say; default 'rate'"
    )
    leads: tuple[str, ...] = Field(
        (), description="which leads; default all of the training records"
    )
    density: Literal["laplace", "gaussian"] = "laplace"
    scale: PositiveFloat | None = Field(
        None, description="spread of the density, of a lead's standard deviation; default learned"
    )
    features: int = Field(32, gt=0, description="channels of the first convolution; others follow")
    fitted: tuple[Lead, ...] = Field((), description="the leads; made from the training records")

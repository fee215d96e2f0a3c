"""Options of the modality ``ecg``."""

from typing import Literal

from pydantic import Field, PositiveFloat

from mmcore.config import FITTED, Frozen


class Lead(Frozen):
    """A lead, fitted to the training records.

    ``loc`` and ``scale`` are the mean and the standard deviation of all samples in ``unit``, which is
    mV for all voltages, that of the files for others, and empty if no file states it.
    """

    name: str
    unit: str = "mV"
    loc: float = 0.0
    scale: float = Field(1.0, gt=0)


class EcgSettings(Frozen):
    """Options of the modality ``ecg``."""

    length: int = Field(
        1024,
        ge=16,
        description="samples of a record, after resampling; longer records are truncated",
    )
    rate: PositiveFloat = Field(100.0, description="samples per second, after resampling")
    csv_rate: PositiveFloat | None = Field(
        None, description="samples per second of CSV files; default: rate"
    )
    csv_unit: str | None = Field(
        None, description="unit of CSV files, such as uV; default: that of the other records"
    )
    leads: tuple[str, ...] = Field(
        (), description="names of the leads; default: all leads of the training records"
    )
    density: Literal["laplace", "gaussian"] = "laplace"
    scale: PositiveFloat | None = Field(
        None,
        description="scale of the likelihood in standard deviations of a lead; default: learned",
    )
    features: int = Field(
        32, gt=0, description="channels of the first convolution; the others are multiples"
    )
    fitted: tuple[Lead, ...] = Field(
        (), description="the leads; set from the training records", json_schema_extra=FITTED
    )

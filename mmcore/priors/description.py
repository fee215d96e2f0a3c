"""The description of a fitted prior, in the header of its file."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from mmcore import __version__
from mmcore.config.base import Frozen
from mmcore.errors import MmcoreError
from mmcore.fitted import header_in, write_fitted
from mmcore.storage.schemas import validated
from mmcore.storage.versions import FITTED_FILE

__all__ = ["PriorDescription", "description_in", "discard_damaged"]


class PriorDescription(Frozen):
    """The description of a fitted prior, in the header of its file."""

    format: int = FITTED_FILE.newest
    mmcore: str = __version__
    kind: str = Field(description="name of the prior")
    options: dict[str, Any] = Field({}, description="options of that prior")
    covers: Literal["content", "all"] = Field(
        description="content alone, with the style priors of the training, or content and styles"
    )
    rows: int = Field(0, description="training samples that it was fitted to")
    held_out: dict[str, float] = Field(
        {}, description="nats: mean log density of held-out training samples, by prior"
    )

    @property
    def title(self) -> str:
        """Kind and what it covers."""
        over = "content" if self.covers == "content" else "content and styles"
        return f"{self.kind} over {over}"

    def __str__(self) -> str:
        options = "".join(f", {name} {value}" for name, value in self.options.items())
        each = ", ".join(f"{name} {value:.1f}" for name, value in self.held_out.items())
        return f"{self.title}{options} (mean log density of held-out training samples: {each})"


def description_in(folder: Path, name: str) -> PriorDescription | None:
    """Check the file of a prior as `check_fitted` does, and return its description; None without a file.

    Raises:
        MmcoreError: the file is missing or damaged.
    """
    header = header_in(folder, name)
    if header is None:
        return None
    return validated(header, PriorDescription, f"the header of '{folder / name}'", FITTED_FILE)


def discard_damaged(folder: Path, name: str) -> None:
    """Remove the file of a prior if it is damaged, so that the model can be read and another one fitted."""
    try:
        description_in(folder, name)
    except MmcoreError:
        write_fitted(folder, name, None, {})

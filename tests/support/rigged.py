"""A modality whose decoder says what a test wants: right, independent or wrong by design."""

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from mmcore.distributions import Gaussian
from mmcore.modality import Classifier, Modality, Posterior
from mmcore.plugins import Context

__all__ = ["CLASSES", "Rigged", "RiggedSettings"]

CLASSES = 4
CERTAIN = 1e-4


class RiggedSettings(BaseModel):
    """Options of `Rigged`: what it generates when the content says class k."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: Literal["same", "next", "anything"] = "same"


class Rigged(Modality):
    """One-hot vectors of a class, (B, 4), whose posterior is all but certain.

    It generates the class of the content, the class after it, or the class of the style alone.
    """

    def __init__(self, settings: RiggedSettings, context: Context) -> None:
        super().__init__()
        assert context.content_dim == context.style_dim == CLASSES, "one dimension for each class"
        self.says = settings.says
        self.unused = nn.Parameter(torch.zeros(1))

    @property
    def event_shape(self) -> torch.Size:
        """One number for each class."""
        return torch.Size((CLASSES,))

    def encode(self, x: Tensor) -> Posterior:
        """Return a posterior around the one-hot vector, and a style that says nothing."""
        logvar = torch.full_like(x, 2 * torch.tensor(CERTAIN).log().item())
        style = Gaussian(torch.zeros_like(x), torch.zeros_like(x))
        return Posterior(Gaussian(x, logvar), style)

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return a narrow Gaussian around a one-hot vector."""
        chosen = style if self.says == "anything" else content
        label = (chosen.argmax(-1) + (1 if self.says == "next" else 0)) % CLASSES
        loc = nn.functional.one_hot(label, CLASSES).to(content.dtype)
        return Independent(Normal(loc, 0.1, validate_args=False), 1, validate_args=False)

    def classifier(self, classes: int) -> Classifier:
        """Return one that is right from the start."""
        head = nn.Linear(CLASSES, CLASSES, bias=False)
        nn.init.eye_(head.weight)
        return Classifier(nn.Identity(), head)

    def decoded_label(self, x: Tensor) -> Tensor:
        """Return the class of an exact one-hot vector."""
        exact = (x.sort(-1).values[:, :-1] == 0).all(-1) & (x.amax(-1) == 1)
        return torch.where(exact, x.argmax(-1), -1)

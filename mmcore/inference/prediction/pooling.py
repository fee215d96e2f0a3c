"""Draws of the members of an ensemble, pooled: their spread includes that between the members."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from mmcore.encoding import Encoding
from mmcore.inference.prediction.posterior_draws import named_draws
from mmcore.model import Model
from mmcore.noise import Noise
from mmcore.priors import Latents
from mmcore.regression import Regression

__all__ = ["MemberDraws", "PooledDraws", "pooled_draws"]


@dataclass(frozen=True, slots=True)
class MemberDraws:
    """Draws of content and styles of one model, (S_k, B, D).

    Arguments:
        model: the model.
        latents: the draws.
        stream: of the noise of their likelihoods.
        given: the rows, from whose values the regression of the model predicts; None to leave it out.
    """

    model: Model
    latents: Latents
    stream: str
    given: Encoding | None = None

    def noise(self, noise: Noise) -> Noise:
        """Return the noise of the likelihoods of this member."""
        return noise.at(self.stream) if self.stream else noise

    def shift(self, name: str, mean: Callable[[], Tensor]) -> Tensor | None:
        """Return what the regression adds to the draws of a modality, (B, *E); None if it has none.

        Arguments:
            name: the modality.
            mean: returns the mean of the draws, (B, *E).
        """
        regression = self.regression(name)
        if self.given is None or regression is None:
            return None
        return regression.shift(self.model.codec, self.given, name, mean())

    def regression(self, name: str) -> Regression | None:
        """Return the regression whose predictions are mixed with the draws of a modality, if any."""
        own = self.model.regression
        return own if self.given is not None and own is not None and name in own.names else None

    def select(self, rows: Tensor) -> "MemberDraws":
        """Return the draws of the rows that the mask ``rows``, (B,) bool, selects."""
        given = None if self.given is None else self.given.select(rows)
        return replace(self, latents=self.latents.at((slice(None), rows)), given=given)


@dataclass(frozen=True, slots=True)
class PooledDraws:
    """Draws of all members; a single model is an ensemble of one.

    Shapes:
        effective: (B,), the smallest effective sample size of a member; None if draws are not corrected.
    """

    members: tuple[MemberDraws, ...]
    effective: Tensor | None

    @classmethod
    def of(cls, model: Model, latents: Latents) -> Self:
        """Return the draws of a single model."""
        return cls((MemberDraws(model, latents, ""),), None)

    @property
    def rows(self) -> int:
        """The number of rows B."""
        return self.members[0].latents.content.shape[1]

    @property
    def draws(self) -> int:
        """The number of draws of all members."""
        return sum(len(member.latents.content) for member in self.members)

    def select(self, rows: Tensor) -> "PooledDraws":
        """Return the draws of the rows that the mask ``rows``, (B,) bool, selects."""
        members = (member.select(rows) for member in self.members)
        effective = None if self.effective is None else self.effective[rows]
        return PooledDraws(tuple(members), effective)


def pooled_draws(
    models: Sequence[Model],
    encodings: Sequence[Encoding],
    posterior: str,
    draws: int,
    noise: Noise,
) -> PooledDraws:
    """Return ``draws`` draws, as many of each member as of the others, or one more.

    Those of the posterior ``generation`` are moved by the regression of their model, if it has one.

    Arguments:
        models: the members.
        encodings: the same rows, encoded by each member.
        posterior: see `named_draws`.
        draws: S, of all members together.
        noise: randomness of these rows.
    """
    members, sizes = [], []
    for place, (model, encoding) in enumerate(zip(models, encodings, strict=True)):
        share = draws // len(models) + (place < draws % len(models))
        if share:
            stream = f"member/{place}" if place else ""
            own = noise.at(stream) if stream else noise
            latents, effective = named_draws(model, encoding, posterior, share, own)
            given = encoding if effective is None else None
            members.append(MemberDraws(model, latents, stream, given))
            sizes += [] if effective is None else [effective]
    return PooledDraws(tuple(members), torch.stack(sizes).amin(0) if sizes else None)

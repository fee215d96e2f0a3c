"""Linear-Gaussian modalities, whose likelihoods and posteriors are known exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, MultivariateNormal, Normal

from mmcore.codec import Codec
from mmcore.distributions import Gaussian
from mmcore.modality import Classifier, Modality, Posterior
from mmcore.plugins import Context
from mmcore.priors import StandardPrior

__all__ = ["LinearGaussian", "LinearGaussianSettings", "LinearGaussianWorld"]


class LinearGaussianSettings(BaseModel):
    """Options of `LinearGaussian`.

    ``encoder`` is what q(c | x_m) starts as: the exact ``posterior``, or the ``likelihood`` of c
    alone, the expert whose product with the prior is the exact posterior.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    features: PositiveInt = 6
    scale: PositiveFloat = 0.7
    seed: int = 0
    encoder: Literal["posterior", "likelihood"] = "posterior"


class LinearGaussian(Modality):
    r"""A modality :math:`x = A [c, s] + b + \sigma \epsilon` with orthogonal columns of A.

    The columns are orthogonal so that posteriors are diagonal, and a diagonal Gaussian can be exact.
    """

    loading: nn.Parameter
    offset: nn.Parameter

    def __init__(self, settings: LinearGaussianSettings, context: Context) -> None:
        super().__init__()
        self.features, self.scale = settings.features, settings.scale
        self.content_dim = content_dim = context.content_dim
        latent = context.latent_dim
        if settings.features < latent:
            raise ValueError(
                f"{settings.features} features cannot have {latent} orthogonal loadings"
            )
        generator = torch.Generator().manual_seed(settings.seed)
        kind = torch.get_default_dtype()
        square = torch.randn(settings.features, latent, generator=generator, dtype=kind)
        lengths = 0.5 + torch.rand(latent, generator=generator, dtype=kind)
        self.loading = nn.Parameter(torch.linalg.qr(square).Q * lengths)
        self.offset = nn.Parameter(torch.randn(settings.features, generator=generator, dtype=kind))
        precision = (self.loading**2).sum(0).detach() / settings.scale**2
        # q(s | x) is always the posterior: no other modality has anything to add to it.
        precision[content_dim:] += 1.0
        precision[:content_dim] += 1.0 if settings.encoder == "posterior" else 0.0
        self.gain = nn.Parameter(self.loading.detach().T / settings.scale**2 / precision[:, None])
        self.logvar = nn.Parameter(-precision.log())

    @property
    def event_shape(self) -> torch.Size:
        """A vector."""
        return torch.Size((self.features,))

    def encode(self, x: Tensor) -> Posterior:
        """Return Gaussians whose mean is linear in x and whose variance is constant."""
        # In the type of x under autocast too, as every modality must.
        loc = ((x - self.offset) @ self.gain.T).to(x.dtype)
        logvar = self.logvar.expand_as(loc)
        c = self.content_dim
        return Posterior(Gaussian(loc[:, :c], logvar[:, :c]), Gaussian(loc[:, c:], logvar[:, c:]))

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return the Gaussian around A [c, s] + b."""
        mean = torch.cat([content, style], dim=-1) @ self.loading.T
        loc = mean.to(content.dtype) + self.offset
        return Independent(Normal(loc, self.scale, validate_args=False), 1, validate_args=False)

    def classifier(self, classes: int) -> Classifier:
        """Return a linear one."""
        return Classifier(nn.Identity(), nn.Linear(self.features, classes))


@dataclass(frozen=True, slots=True)
class LinearGaussianWorld:
    """Several such modalities with a shared content and, optionally, styles.

    Arguments:
        codec: modalities of type `LinearGaussian`.
    """

    codec: Codec

    @classmethod
    def of(
        cls,
        modalities: int,
        content_dim: int = 2,
        features: int = 4,
        encoder: Literal["posterior", "likelihood"] = "posterior",
        style_dim: int = 0,
    ) -> "LinearGaussianWorld":
        """Return a world of modalities named ``m0``, ``m1``, ..."""
        vectors = {
            f"m{i}": LinearGaussian(
                LinearGaussianSettings(features=features, seed=i, encoder=encoder),
                Context.of(content_dim, style_dim),
            )
            for i in range(modalities)
        }
        return cls(Codec(vectors, dict.fromkeys(vectors, style_dim), StandardPrior(content_dim)))

    def sample(self, rows: int, seed: int = 0) -> dict[str, Tensor]:
        """Return ``rows`` draws of all modalities, (B, features) each."""
        generator = torch.Generator().manual_seed(seed)
        first = self._of(self.codec.names[0])
        content = torch.randn(
            rows, first.content_dim, generator=generator, dtype=first.offset.dtype
        )
        drawn = {}
        for name in self.codec.names:
            m = self._of(name)
            own = m.loading.shape[1] - m.content_dim
            style = torch.randn(rows, own, generator=generator, dtype=m.offset.dtype)
            noise = torch.randn(rows, m.features, generator=generator, dtype=m.offset.dtype)
            latent = torch.cat([content, style], dim=1)
            drawn[name] = (latent @ m.loading.T + m.offset + m.scale * noise).detach()
        return drawn

    def log_prob(self, values: Mapping[str, Tensor]) -> Tensor:
        r"""Return the exact :math:`\log p(X_K)`, (B,) nats, of the modalities in ``values``."""
        loading, offset, variance = self._stacked(list(values))
        covariance = loading @ loading.T + torch.diag(variance)
        x = torch.cat(list(values.values()), dim=-1)
        exact: Tensor = MultivariateNormal(offset, covariance).log_prob(x)
        return exact

    def posterior(self, values: Mapping[str, Tensor]) -> Gaussian:
        """Return the exact p(c | X_K), which is diagonal only for orthogonal loadings."""
        loading, offset, variance = self._stacked(list(values))
        scaled = loading / variance.unsqueeze(1)
        precision = torch.eye(loading.shape[1], dtype=loading.dtype) + loading.T @ scaled
        x = torch.cat(list(values.values()), dim=-1)
        loc = torch.linalg.solve(precision, scaled.T @ (x - offset).T).T
        logvar = -precision.diagonal().log().expand_as(loc)
        c = self._of(self.codec.names[0]).content_dim
        return Gaussian(loc[:, :c], logvar[:, :c])

    def _of(self, name: str) -> LinearGaussian:
        modality = self.codec[name]
        assert isinstance(modality, LinearGaussian), (
            "the world is made of linear-Gaussian modalities"
        )
        return modality

    def _stacked(self, names: Sequence[str]) -> tuple[Tensor, Tensor, Tensor]:
        ms = [self._of(name) for name in names]
        c = ms[0].content_dim
        shared = torch.cat([m.loading[:, :c] for m in ms])
        own = torch.block_diag(*[m.loading[:, c:] for m in ms])
        loading = torch.cat([shared, own], dim=1).detach()
        variance = torch.cat([torch.full_like(m.offset, m.scale**2) for m in ms]).detach()
        return loading, torch.cat([m.offset for m in ms]).detach(), variance

"""A posterior that is fitted after the training: densities of content and styles given the experts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from torch import Tensor, nn

from mmcore.codec import Codec
from mmcore.distributions import LatentDistribution
from mmcore.encoding import Encoding, Inference
from mmcore.errors import MmcoreError
from mmcore.fitted import CONDITIONAL_PRIOR, write_fitted
from mmcore.noise import Noise
from mmcore.plugins import Context
from mmcore.priors import ConditionalPrior, Latents
from mmcore.priors.description import PriorDescription, description_in
from mmcore.saving import load_weights

__all__ = [
    "ConditionalDensities",
    "ConditionalPosterior",
    "FittedConditional",
    "conditional_posterior",
    "drawn_styles",
    "read_conditional_prior",
    "write_conditional_prior",
]

DRAWS = 64
"""From which the mean of the content is estimated."""


@final
class ConditionalDensities(nn.Module):
    """The fitted part: p(c | experts), and p(s_1 .. s_M | c, experts) unless styles are left out.

    The networks are given, for each modality, the standardized mean and log-variance of its expert, zeros
    where the row lacks it, and whether the row has it.

    Arguments:
        content: density of the content minus the mean of the fused posterior.
        styles: density of the styles side by side; None for the priors of the training.
        modalities: M.
        content_dim: size D of the content.
    """

    center: Tensor
    scale: Tensor

    def __init__(
        self,
        content: ConditionalPrior,
        styles: ConditionalPrior | None,
        modalities: int,
        content_dim: int,
    ) -> None:
        super().__init__()
        self.content, self.styles = content, styles
        self.register_buffer("center", torch.zeros(modalities, 1, 2 * content_dim))
        self.register_buffer("scale", torch.ones(modalities, 1, 2 * content_dim))

    def given(self, encoding: Encoding) -> Tensor:
        """Return what the networks are given, (B, M (2 D + 1))."""
        values = (_parameters(encoding) - self.center) / self.scale
        has = encoding.present.unsqueeze(-1)
        each = torch.cat([values.masked_fill(~has, 0.0), has.to(values)], dim=-1)
        return each.movedim(0, 1).flatten(1)

    def standardize(self, encoding: Encoding) -> None:
        """Set center and scale to those of the experts of the rows that have them."""
        for number, values in enumerate(_parameters(encoding)):
            own = values[encoding.present[number]]
            if len(own) > 1:
                self.center[number] = own.mean(0)
                self.scale[number] = own.std(0).clamp_min(1e-3)


@final
@dataclass(frozen=True, slots=True)
class _Conditional(LatentDistribution):
    """The distribution of the content for the given values, (B, G), of a batch around ``loc``, (B, D)."""

    density: ConditionalPrior
    given: Tensor
    loc: Tensor

    @property
    def mean(self) -> Tensor:
        """The mean of draws whose noise is fixed."""
        noise = Noise(len(self.loc), device=self.loc.device)
        draws = self.density.sample(noise, "mean", DRAWS, given=self.given)
        return self.loc + draws.mean(1).to(self.loc.dtype)

    def rsample(self, noise: Noise) -> Tensor:
        """Return one draw for every row, (B, D)."""
        draw = self.density.sample(noise, "content", given=self.given)
        return self.loc + draw.to(self.loc.dtype)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density in nats."""
        return self.density.log_prob(z - self.loc, self.given)


@final
class ConditionalPosterior(Inference):
    r"""The posterior :math:`p(c | \{q(c | x_m)\}_{m \in K})` by a density that is given the experts.

    It is fitted to draws of q(c | X) with all modalities of a sample, of which some are hidden from the
    density. Where q(c | X) is the true posterior, so is this one, for every subset K:
    :math:`E[p(c | X) | x_K] = p(c | x_K)`.

    Arguments:
        fused: posterior around whose mean the density is.
        densities: of content and styles.
        style_dims: D_m, by modality.

    References:
        Bounoua, Franzese, Michiardi (2024), Multi-modal latent diffusion; Wesego, Rooshenas (2023),
        Score-based multimodal autoencoders: there the latent variables of the modalities are separate.
    """

    def __init__(
        self, fused: Inference, densities: ConditionalDensities, style_dims: Mapping[str, int]
    ) -> None:
        super().__init__()
        self.fused, self.densities, self.style_dims = fused, densities, dict(style_dims)

    def forward(self, encoding: Encoding, noise: Noise | None = None) -> LatentDistribution:
        """Return the posterior of the content of each row."""
        given = self.densities.given(encoding)
        return _Conditional(self.densities.content, given, self.fused(encoding, noise).mean)

    def styles(
        self, encoding: Encoding, content: Tensor, noise: Noise, *draws: int
    ) -> dict[str, Tensor] | None:
        """Return draws of the styles given content and experts, (B, *draws, D_m), if they are fitted."""
        if self.densities.styles is None:
            return None
        given = torch.cat([self.densities.given(encoding), content], dim=-1)
        joined = self.densities.styles.sample(noise, "styles", *draws, given=given)
        parts = joined.to(content.dtype).split(list(self.style_dims.values()), dim=-1)
        return dict(zip(self.style_dims, parts, strict=True))

    def style_log_prob(self, encoding: Encoding, latents: Latents) -> Tensor:
        """Return the log density in nats, (B,), of the styles given content and experts.

        Raises:
            ValueError: no density of styles is fitted.
        """
        if self.densities.styles is None:
            raise ValueError("no density of styles is fitted")
        given = torch.cat([self.densities.given(encoding), latents.content], dim=-1)
        return self.densities.styles.log_prob(torch.cat(list(latents.styles.values()), -1), given)


def drawn_styles(
    codec: Codec,
    posterior: Inference,
    encoding: Encoding,
    content: Tensor,
    noise: Noise,
    *draws: int,
) -> dict[str, Tensor]:
    """Return random styles of every modality, (B, *draws, D_m), as the posterior of the content has them.

    They are drawn from the priors of the training, or from the density of a `ConditionalPosterior`.
    """
    fitted = None
    if isinstance(posterior, ConditionalPosterior):
        fitted = posterior.styles(encoding, content, noise, *draws)
    if fitted is not None:
        return fitted
    return {n: codec.style_prior(n).sample(noise.at(n), "style", *draws) for n in codec.names}


@final
@dataclass(frozen=True, slots=True)
class FittedConditional:
    """A fitted conditional prior of a model.

    Arguments:
        description: how it was fitted.
        posterior: the posterior that it makes.
    """

    description: PriorDescription
    posterior: ConditionalPosterior


def conditional_posterior(
    description: PriorDescription, context: Context, fused: Inference
) -> ConditionalPosterior:
    """Return a conditional posterior that is not fitted, in eval mode.

    Raises:
        MmcoreError: there is no such prior, it cannot be conditional, or an option is not valid.
    """
    size, styles = context.content_dim, context.style_dims
    count = len(styles) * (2 * size + 1)
    content = _density(description, context, size, count)
    whole = sum(styles.values()) if description.covers == "all" else 0
    own = _density(description, context, whole, count + size) if whole else None
    densities = ConditionalDensities(content, own, len(styles), size)
    return ConditionalPosterior(fused, densities, styles).eval()


def write_conditional_prior(folder: Path, fitted: FittedConditional | None) -> None:
    """Write the densities into the folder of a model, see `mmcore.fitted.write_fitted`."""
    densities = {} if fitted is None else fitted.posterior.densities.state_dict()
    description = None if fitted is None else fitted.description
    write_fitted(folder, CONDITIONAL_PRIOR, description, densities)


def read_conditional_prior(
    folder: Path, context: Context, fused: Inference
) -> FittedConditional | None:
    """Return the conditional prior in the folder of a model; None if it has none.

    Raises:
        MmcoreError: the file is damaged, or the prior is not installed.
    """
    description = description_in(folder, CONDITIONAL_PRIOR)
    if description is None:
        return None
    posterior = conditional_posterior(description, context, fused)
    load_weights(posterior.densities.requires_grad_(False), folder / CONDITIONAL_PRIOR)
    return FittedConditional(description, posterior)


def _parameters(encoding: Encoding) -> Tensor:
    """Return mean and log-variance of each expert side by side, (M, B, 2 D)."""
    return torch.cat([encoding.content.loc, encoding.content.logvar], dim=-1)


def _density(
    description: PriorDescription, context: Context, size: int, given: int
) -> ConditionalPrior:
    own = Context(content_dim=size, given_dim=given, seed=context.seed, catalogue=context.catalogue)
    prior = own.make("prior", description.kind, description.options)
    if not isinstance(prior, ConditionalPrior):
        raise MmcoreError(
            f"the prior '{description.kind}' cannot depend on given modalities; choose diffusion or flow",
            page="generation",
        )
    return prior

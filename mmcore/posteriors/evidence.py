"""The joint posterior as a product of evidence with full precision matrices."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from mmcore.batch import Batch
from mmcore.codec import ModelContext
from mmcore.distributions import Evidence, FullGaussian, Gaussian
from mmcore.encoding import Encoding, Inference
from mmcore.errors import MmcoreError
from mmcore.factors import factor_analysis
from mmcore.noise import Noise

__all__ = ["EvidenceProduct"]

START_ROWS = 5000


class EvidenceProduct(Inference):
    r"""The posterior :math:`q(c | x_K) \propto p(c) \prod_{m \in K} (q(c | x_m) \, e_m(c))^{1/T}`.

    :math:`e_m` is `Modality.evidence`, whose precision is a full matrix: for a decoder that is linear in the
    content, the product over any subset is the exact posterior, also of combinations of dimensions that only
    several modalities determine together. The expert :math:`q(c | x_m)` of `Modality.encode` is diagonal.

    `start` sets the parameters of the modalities to those of a factor analysis of the training samples. The
    networks have no influence then.

    Arguments:
        context: of the model; its prior must be Gaussian.
        shrinkage: of the loadings of the factor analysis.
        temperature: T, with which the evidence of many columns is not counted as independent.
        noise: variance of every number in the posterior of the factor analysis; None: it is fitted.
        noise_factors: by modality, factor of the standard deviation of the first noise of the decoder.

    Raises:
        MmcoreError: the prior is not Gaussian.
    """

    def __init__(
        self,
        context: ModelContext,
        shrinkage: float,
        temperature: float,
        noise: float | None,
        noise_factors: Mapping[str, float],
    ) -> None:
        super().__init__()
        prior = context.codec.prior.gaussian()
        if prior is None:
            raise MmcoreError(
                "the method factors needs a Gaussian prior; choose prior=standard, or another method"
            )
        self.shrinkage, self.temperature, self.noise = shrinkage, temperature, noise
        self.noise_factors = noise_factors
        # In a tuple, so that the parameters of the modalities belong to the codec alone.
        self._codec = (context.codec,)
        self._dims = context.content_dim

    def forward(self, encoding: Encoding, noise: Noise | None = None) -> FullGaussian:
        """Return the posterior of each row."""
        with torch.autocast(encoding.content.loc.device.type, enabled=False):
            total = self._prior(encoding)
            for place, name in enumerate(encoding.names):
                if name in encoding.values:
                    total = total + self._own(place, name, encoding)
            return FullGaussian.proportional_to(total)

    @property
    def start_rows(self) -> int:
        """The most samples of the factor analysis."""
        return START_ROWS

    @torch.no_grad()
    def start(self, batch: Batch) -> None:
        """Set the parameters of all modalities with `linear_features` to those of a factor analysis."""
        (codec,) = self._codec
        features: dict[str, Tensor] = {}
        for name, values in codec.prepared(batch).items():
            present = batch.present[name]
            numbers = codec[name].linear_features(values)
            if numbers is not None:
                features[name] = numbers.masked_fill(~present.unsqueeze(1), torch.nan)
        if not features:
            return
        x = torch.cat([*features.values()], 1)
        model = factor_analysis(x, self._dims, self.shrinkage, self.noise)
        first = 0
        for name, numbers in features.items():
            own = model.of(slice(first, first + numbers.shape[1]))
            square = self.noise_factors.get(name, 1.0) ** 2
            codec[name].start_linear(replace(own, residual=own.residual * square))
            first += numbers.shape[1]

    def _prior(self, encoding: Encoding) -> Evidence:
        (codec,) = self._codec
        p, shape = codec.prior.gaussian(), (encoding.rows, self._dims)
        assert p is not None, "checked above"
        return Evidence.of(Gaussian(p.loc.expand(shape), p.logvar.expand(shape)))

    def _own(self, place: int, name: str, encoding: Encoding) -> Evidence:
        """Return the evidence of one modality, none where it is missing."""
        (codec,) = self._codec
        q, present = encoding.content, encoding.present[place]
        own = Evidence.of(Gaussian(q.loc[place], q.logvar[place]))
        linear = codec[name].evidence(encoding.values[name])
        own = own if linear is None else own + linear
        share = 1 / self.temperature
        return Evidence(own.potential * share, own.precision * share).where(present)

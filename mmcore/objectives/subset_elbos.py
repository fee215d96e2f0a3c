"""A sum of ELBOs, each given a subset of the modalities."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mmcore.aggregators.subsets import products, sampled_subsets
from mmcore.batch import Batch
from mmcore.codec import Codec
from mmcore.encoding import Encoding
from mmcore.noise import Noise
from mmcore.objectives.base import LossTerms, Objective
from mmcore.objectives.draws import (
    StyleTraining,
    draw_components,
    draw_several_styles,
    stacked,
)
from mmcore.objectives.terms import (
    NamedTerms,
    TermWeights,
    log_likelihood_of_draws,
    named,
    places,
    style_divergences,
)

__all__ = ["SubsetElbos"]


class SubsetElbos(Objective):
    r"""The sum of the ELBOs of products of experts, given all modalities, each alone, and k subsets.

    .. math:: L = \sum_{K} \Bigl( \sum_{m \in T_K} \mathbb E_{q_K(c)} \mathbb E_{q(s_m|x_m)}
        [\log p(x_m | s_m, c)] - \sum_{m \in T_K} KL(q(s_m|x_m) \| p) - KL(q_K(c) \| p) \Bigr)

    with :math:`q_K = \mathrm{PoE}(p, \{q_m\}_{m \in K})`. The targets :math:`T_K` are the subset itself
    (MVAE) or all modalities (DMVAE: cross-reconstruction). The prior is an expert for a modality alone as
    well, where other code of DMVAE has the expert of the modality without it. Encoders run once, and each
    decoder runs once, over the draws of all subsets of which its modality is a target.

    Arguments:
        weights: factors of the terms.
        styles: how styles are drawn in training.
        unimodal: whether each modality alone is among the subsets.
        random_subsets: k, how many further subsets a step draws.
        cross: whether every modality is reconstructed from every subset.

    References:
        Wu, Goodman (2018), Eq. 5 and Section 2.3; Lee, Pavlovic (2021), Eq. 7.
    """

    def __init__(
        self,
        weights: TermWeights,
        styles: StyleTraining,
        *,
        unimodal: bool = True,
        random_subsets: int = 0,
        cross: bool = False,
    ) -> None:
        super().__init__()
        self.weights = weights
        self.styles = styles
        self.unimodal = unimodal
        self.random_subsets = random_subsets
        self.cross = cross

    def forward(self, codec: Codec, batch: Batch, noise: Noise, progress: float) -> LossTerms:
        """Return the terms; the reported likelihoods and divergences are those given all modalities."""
        encoding = codec.encode(batch)
        members = self.subsets(len(codec.names), encoding.present.device, noise)
        # q_K = PoE(p, {q_m}), (T, B, D)
        q, nonempty = products(encoding.content, encoding.present, members, codec.prior.gaussian())
        content = draw_components(q, noise)
        # m is in T_K, the row has m, and it has a modality of K, (T, M, B)
        counted = (members | self.cross).unsqueeze(-1) & encoding.present & nonempty.unsqueeze(1)
        nll = self._likelihoods(codec, encoding, content, counted, noise, progress)
        style_kl = style_divergences(codec, encoding, stacked(encoding.styles), noise)
        # KL(q_K || p), 0 where a row has no modality of K: its q_K is p
        kl = codec.prior.gaussian_kl(q)
        having = tuple(codec.names.index(name) for name in style_kl)
        copies = counted.sum(0)[places(having, counted.device)]
        styles = NamedTerms(style_kl.names, copies * style_kl.rows)
        fit = NamedTerms.of({name: term.sum(0) for name, term in nll.items()})
        w = self.weights
        loss = fit.weighted(w.likelihood) + w.beta * (kl.sum(0) + styles.weighted(w.style))
        reported = {name: term[0] for name, term in nll.items()}
        return LossTerms(loss, reported, named("kl", kl[0], style_kl))

    def subsets(self, modalities: int, device: torch.device, noise: Noise) -> Tensor:
        """Return the subsets of a step, (T, M), bool; the first is that of all modalities."""
        chosen = [torch.ones(1, modalities, dtype=torch.bool, device=device)]
        if self.unimodal and modalities > 1:
            chosen.append(torch.eye(modalities, dtype=torch.bool, device=device))
        if self.random_subsets:
            chosen.append(sampled_subsets(modalities, self.random_subsets, noise.at("random")))
        return torch.cat(chosen)

    def _likelihoods(
        self,
        codec: Codec,
        encoding: Encoding,
        content: Tensor,
        counted: Tensor,
        noise: Noise,
        progress: float,
    ) -> Mapping[str, Tensor]:
        """Return - log p(x_m | s_m, c_K) for the subsets with target m, 0 where it does not count."""
        nll = {}
        for index, name in enumerate(codec.names):
            if name in encoding.values:
                served = places(tuple(self._served(index, counted)), counted.device)
                wanted = counted[served, index]
                own = torch.ones_like(wanted)
                style = draw_several_styles(
                    codec, encoding, name, own, self.styles, noise.at(name), progress
                )
                log_p = log_likelihood_of_draws(codec, encoding, name, content[served], style)
                nll[name] = -log_p.masked_fill(~wanted, 0.0)
        return nll

    def _served(self, index: int, counted: Tensor) -> list[int]:
        """Return the subsets for which a modality is decoded: all but those of another modality alone.

        The result does not depend on the random subsets, so that the device is not synchronized.
        """
        subsets, modalities = counted.shape[:2]
        alone = range(1, 1 + modalities) if self.unimodal and modalities > 1 else ()
        return [t for t in range(subsets) if self.cross or t not in alone or t == 1 + index]

"""The networks of ``table``."""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from mmcore import MmcoreError, Modality, Posterior
from mmcore.distributions import Evidence
from mmcore.factors import Factors
from mmcore.nn import PosteriorHead
from mmcore.plugins import Context
from mmcore.scoring import DecodedScorer, Scorer
from mmcore_table.batches import Shifts
from mmcore_table.decoder import RowDecoder
from mmcore_table.layout import Layout
from mmcore_table.likelihood import RowLikelihood
from mmcore_table.linear import LinearEvidence, linear_features, linear_values
from mmcore_table.scoring import GaussianColumns
from mmcore_table.settings import TableSettings
from mmcore_table.starting import start_decoder
from mmcore_table.wide import WideLinear

WIDE = 2
"""Columns for each feature of the decoder, above which the sum over columns is computed once for a row."""
VAGUE = 6.0
"""Log-variance of the expert of the network that begins beside a linear model."""


class Table(Modality):
    """Rows with columns of different types, dense networks, and a likelihood for each column.

    A value is a row of cells in data units, (C,) float32, NaN where a cell is missing: a number as in
    the file, or the index of a category of the column. The input of the encoder has 0 and a flag for a
    missing cell; the likelihood ignores it.
    """

    def __init__(self, settings: TableSettings, context: Context) -> None:
        super().__init__()
        if not settings.fitted:
            raise MmcoreError(
                "table has no columns; mmcore train --config STUDY.yaml fits them to the training records"
            )
        self.hide = settings.hide
        self.layout = Layout(settings.fitted)
        width, layers = settings.chosen_width, settings.layers
        self.encoder = nn.Sequential(
            *_hidden(self.layout.features, width, layers, settings.dropout),
            PosteriorHead(width, context.content_dim, context.style_dim),
        )
        content_dim = context.content_dim if settings.linear else 0
        self.decoder = nn.Sequential(
            *_hidden(context.latent_dim, width, layers, 0.0),
            RowDecoder(self.layout, width, content_dim),
        )
        numbers = len(self.layout.numeric) + len(self.layout.owner)
        self.linear = LinearEvidence(numbers, content_dim) if settings.linear else None
        others = len(settings.batches) - 1
        self.shifts = Shifts(settings.fitted, others) if settings.batches else None

    @property
    def event_shape(self) -> torch.Size:
        """The number of columns."""
        return torch.Size((len(self.layout.columns),))

    def encode(self, x: Tensor) -> Posterior:
        """Return the posteriors of rows."""
        posterior: Posterior = self.encoder(self.layout(x, self.hide if self.training else 0.0))
        return posterior

    def decode(self, content: Tensor, style: Tensor) -> Distribution:
        """Return the likelihood of a row."""
        *hidden, rows = self.decoder
        features = nn.Sequential(*hidden)(torch.cat([content, style], dim=-1))
        likelihood: Distribution = rows(features, content)
        return likelihood

    def prepare(self, raw: Tensor) -> Tensor:
        """Return the cells in the type of the networks."""
        return raw.to(torch.get_default_dtype())

    def shift(self, sites: Tensor) -> Tensor | None:
        """Return the shift of each number in the batch of each row."""
        if self.shifts is None:
            return None
        shift: Tensor = self.shifts(sites)
        return shift

    def unit(self) -> Tensor:
        """Return the standard deviation of each numeric column, NaN for categories."""
        unit = torch.where(self.layout.is_count, self._spread_of_counts(), self.layout.scale)
        kinds = [
            column.kind in ("real", "student", "count", "zero-inflated")
            for column in self.layout.columns
        ]
        on_scale = torch.tensor(kinds, device=unit.device)
        return unit.masked_fill(~on_scale, torch.nan)

    def class_probabilities(self, likelihood: Distribution) -> Tensor:
        """Return the probability of each category of the columns that have categories."""
        assert isinstance(likelihood, RowLikelihood), "as `decode` returns it"
        return likelihood.class_probabilities()

    def numbers(self, likelihood: Distribution) -> Distribution:
        """Return the likelihood of the numeric columns."""
        assert isinstance(likelihood, RowLikelihood), "as `decode` returns it"
        return likelihood.numbers()

    def scoring(self) -> Callable[[Tensor], Scorer]:
        """Return the log density; that of many real columns takes no operation for each column and draw."""
        *hidden, rows = self.decoder
        is_wide = len(self.layout.columns) >= WIDE * rows.linear.in_features
        if not rows.is_gaussian or not is_wide or rows.skip is not None:
            return partial(DecodedScorer, self.decode)
        columns: GaussianColumns = rows.gaussian_columns(nn.Sequential(*hidden))
        return columns

    def linear_features(self, x: Tensor) -> Tensor:
        """Return standardized numbers and indicators of categories, NaN where a cell is missing."""
        return linear_features(self.layout, x)

    def linear_values(self, features: Tensor) -> Tensor:
        """Return the real numbers of linear features, NaN for other columns."""
        return linear_values(self.layout, features)

    @torch.no_grad()
    def start_linear(self, factors: Factors) -> None:
        """Set the parameters of a linear model, beside which the networks begin without influence."""
        if self.linear is None:
            return
        start_decoder(self.decoder[-1], factors)
        self.linear.start(factors)
        head = self.encoder[-1].linear
        dims = factors.loadings.shape[1]
        head.weight[: 2 * dims].zero_()
        head.bias[: 2 * dims].zero_()
        head.bias[dims : 2 * dims].fill_(VAGUE)

    def evidence(self, x: Tensor) -> Evidence | None:
        """Return the evidence of the linear model."""
        if self.linear is None:
            return None
        evidence: Evidence = self.linear(self.linear_features(x))
        return evidence

    def noise_factor(self) -> Tensor:
        """Return the factor of the noise of the numbers."""
        factor: Tensor = self.decoder[-1].noise_factor
        return factor

    def log_prob_parts(self, likelihood: Distribution, x: Tensor) -> Mapping[str, Tensor]:
        """Return the log density of each column."""
        assert isinstance(likelihood, RowLikelihood), "as `decode` returns it"
        cells = likelihood.log_prob_of_cells(x).unbind(-1)
        return {c.name: cell for c, cell in zip(self.layout.columns, cells, strict=True)}

    def _spread_of_counts(self) -> Tensor:
        # From log(1 + x) back to x, at the center: d x = (1 + x) d log(1 + x).
        return self.layout.loc.exp() * self.layout.scale


def _hidden(features: int, width: int, layers: int, dropout: float) -> list[nn.Module]:
    """Return dense layers, each with an activation and dropout."""
    modules: list[nn.Module] = []
    for number in range(layers):
        modules += [
            WideLinear(features if number == 0 else width, width),
            nn.SiLU(),
            nn.Dropout(dropout),
        ]
    return modules

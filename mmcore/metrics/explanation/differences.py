"""Features that differ between two groups of samples, with correction for their number."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from scipy.stats import chi2, false_discovery_control

from mmcore.config.evaluation import DifferencesSettings
from mmcore.data import Samples
from mmcore.errors import MmcoreError, nearest
from mmcore.inference.prediction.elements import Elements
from mmcore.metrics.base import Measured, Metric, Subject
from mmcore.metrics.explanation.association import FALSE_DISCOVERIES
from mmcore.metrics.explanation.attributions import columns_reader, element_names
from mmcore.noise import Noise, derived_seed
from mmcore.reporting.record import Column, Table

__all__ = ["DifferencesMetric", "rank_tests"]

LEAST = 5
"""Smallest group of which a feature is compared."""


class DifferencesMetric(Metric[DifferencesSettings]):
    """Features whose observed values differ most between two classes of the label."""

    uses = ("rows", "seed")

    def measure(self, subject: Subject) -> Measured:
        """Return a table of the features with the smallest p-values."""
        names = [n for n in subject.model.names if columns_reader(subject, n) is not None]
        classes = subject.data.classes
        if not names or not classes:
            raise MmcoreError(
                "only a study with labels and tables has features that are compared by label"
            )
        one, other = self._groups(subject)
        parts = [_features(subject, s, names) for s in (subject.data.train, subject.data.test)]
        features = pd.concat([own for own, _ in parts], ignore_index=True)
        labels = np.concatenate([own for _, own in parts])
        chosen = np.isin(labels, (classes.index(one), classes.index(other)))
        tests = rank_tests(features[chosen], labels[chosen] == classes.index(one))
        if tests.empty:
            raise MmcoreError(
                f"no feature has {LEAST} observed values in each of '{one}' and '{other}'"
            )
        first = tests.sort_values("p", kind="stable").head(self.settings.top)
        count = int((tests["adjusted p"] < FALSE_DISCOVERIES).sum())
        table = Table(
            name="differences",
            topic="factors",
            about=f"Observed features of '{one}' and '{other}' with the smallest p-values, of {len(tests)},"
            f" of which {count} have an adjusted p below {FALSE_DISCOVERIES}: the difference of the means of"
            " the first and the second group in standard deviations of the feature, and the p-value of the"
            " rank test (Kruskal-Wallis, which for two groups is that of Wilcoxon), adjusted by Benjamini and"
            " Hochberg. Training and held-out samples count alike; the model has no part in it.",
            row_label="feature",
            columns=(Column(name="difference"), Column(name="adjusted p")),
            rows={str(n): (row["difference"], row["adjusted p"]) for n, row in first.iterrows()},
            n={str(n): (int(row["rows"]),) * 2 for n, row in first.iterrows()},
        )
        return Measured([table])

    def _groups(self, subject: Subject) -> Sequence[str]:
        """Return the two classes of the settings, or the two most frequent ones."""
        classes, chosen = subject.data.classes, self.settings.groups
        for name in chosen or ():
            if name not in classes:
                raise MmcoreError(
                    f"differences.groups names '{name}', expected two of {', '.join(classes)}"
                    + nearest(name, classes)
                )
        if chosen:
            return chosen
        labels = subject.data.train.labels
        assert labels is not None, "a study with classes has labels"
        counts = Counter(label for label in labels.tolist() if label >= 0)
        if len(counts) < 2:
            raise MmcoreError(
                "all labeled training samples have one label, expected two to compare"
            )
        return [classes[code] for code, _ in counts.most_common(2)]


def rank_tests(features: pd.DataFrame, is_first: np.ndarray) -> pd.DataFrame:
    """Return the test of each feature, by name: ``difference``, ``p``, ``adjusted p`` and ``rows``.

    The test is that of Kruskal and Wallis for two groups with ties; all features are tested at once.
    Features that are constant, or have fewer than five observed values in a group, are left out.

    Arguments:
        features: (N, F), NaN where missing.
        is_first: (N,), bool, whether a row is of the first group.
    """
    known = features.notna()
    rows = known.sum()
    sizes = known[is_first].sum(), known[~is_first].sum()
    ranks = features.rank()
    centered = (ranks - ranks.mean()).fillna(0)
    group = known.mul(is_first, axis=0) - known * (sizes[0] / rows)
    spread = (centered**2).sum() * (group**2).sum()
    correlation = (centered * group).sum() / spread.where(spread > 0) ** 0.5
    tested = correlation.notna() & (sizes[0] >= LEAST) & (sizes[1] >= LEAST)
    p = pd.Series(chi2.sf((rows - 1) * correlation**2, 1), index=features.columns)
    difference = (features[is_first].mean() - features[~is_first].mean()) / features.std()
    table = pd.DataFrame({"difference": difference, "p": p, "rows": rows})[tested]
    adjusted = false_discovery_control(table["p"]) if len(table) else []
    return table.assign(**{"adjusted p": adjusted})


def _features(
    subject: Subject, samples: Samples, names: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the observed features of samples, (N, F), and their labels."""
    model, seed = subject.model, subject.settings.seed
    generator = torch.Generator().manual_seed(derived_seed("differences", seed))
    indices = torch.randperm(len(samples), generator=generator)[: subject.settings.rows]
    batch = samples.fetch(indices, Noise(len(indices), seed=seed))
    columns: dict[str, np.ndarray] = {}
    for name in names:
        x = model.codec[name].prepare(batch.values[name].to(model.device))
        elements, reader = Elements.of(model.codec[name], x), columns_reader(subject, name)
        assert reader is not None, "checked by the caller"
        size = _size(subject, name, elements)
        observed = elements.observed(x, size).double().cpu().numpy()
        observed[~batch.present[name].numpy()] = np.nan
        prefix = f"{name}." if len(model.names) > 1 else ""
        columns |= {
            prefix + c: v
            for c, v in zip(element_names(reader, elements, size), observed.T, strict=True)
        }
    assert samples.labels is not None, "checked by the caller"
    return pd.DataFrame(columns), samples.labels[indices].numpy()


@torch.no_grad()
def _size(subject: Subject, name: str, elements: Elements) -> int:
    codec = subject.model.codec
    content, style = codec.prior.mean[None], codec.style_prior(name).mean[None]
    return elements.expected(codec.decode(name, content, style)).shape[1]

"""The settings of an evaluation and of the core's metrics; no torch is imported here."""

from typing import Any, Literal

from pydantic import Field

from mmcore.config.base import Count, Frozen, Seed

__all__ = [
    "AttributionsSettings",
    "CoherenceSettings",
    "DifferencesSettings",
    "EvaluationSettings",
    "LikelihoodSettings",
    "PerplexitySettings",
    "QualitySettings",
    "RepresentationSettings",
]


class EvaluationSettings(Frozen):
    """Settings that metrics share, and the options of single metrics."""

    subsets: tuple[str, ...] | None = Field(
        None, description="given subsets, as 'a+b'; default: all"
    )
    rows: Count = Field(2000, description="number of held-out samples")
    fusion: str = Field("generation", description="posterior from which values are generated")
    seed: Seed = Field(0, description="seed of all random numbers")
    precision: Literal["auto", "32-true", "bf16-mixed"] = Field(
        "auto",
        description="precision of the networks in likelihoods and in metrics of generated values; auto:"
        " bf16-mixed where the processor has it, which is twice as fast",
    )
    options: dict[str, dict[str, Any]] = Field({}, description="options of metrics, by metric")


class RepresentationSettings(Frozen):
    """Options of the metric ``representation``."""

    probe_rows: Count = Field(5000, description="number of training samples for linear probes")


class CoherenceSettings(Frozen):
    """Options of the metric ``coherence``."""

    compared: tuple[str, ...] = Field(
        (
            "generation",
            "inference",
            "geometric-with-prior",
            "product-with-prior",
            "product",
            "mixture",
        ),
        description="posteriors whose coherence is compared",
    )


class QualitySettings(Frozen):
    """Options of the metric ``quality``."""

    given: tuple[str, ...] | None = Field(
        None, description="given subsets, as 'a+b'; default: those of the evaluation"
    )


class LikelihoodSettings(Frozen):
    """Options of the metric ``likelihood``."""

    samples: Count = Field(512, description="importance samples for each data point")
    likelihood_rows: Count | None = Field(
        None,
        description="number of data points; default: 50, fewer for values with many elements",
    )
    proposals: tuple[str, ...] = Field(
        ("inference", "mixture"), min_length=1, description="posteriors used as proposals"
    )


class PerplexitySettings(Frozen):
    """Options of the metric ``perplexity``."""

    samples: Count = Field(512, description="importance samples for each data point")
    likelihood_rows: Count | None = Field(
        None,
        description="number of data points; default: 50, fewer for values with many elements",
    )


class AttributionsSettings(Frozen):
    """Options of the metric ``attributions``."""

    top: Count = Field(5, description="number of features for each dimension of the content")


class DifferencesSettings(Frozen):
    """Options of the metric ``differences``."""

    groups: tuple[str, str] | None = Field(
        None, description="two classes of the label; default: the two most frequent ones"
    )
    top: Count = Field(20, description="number of features in the table")

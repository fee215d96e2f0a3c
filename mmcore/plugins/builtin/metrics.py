"""The metrics of the core."""

from mmcore.plugins.spec import ComponentSpec

__all__ = ["metrics"]


def metrics() -> list[ComponentSpec]:
    """Return the metrics in the order of the report."""
    return [
        _metric(
            "representation",
            "metrics.representation.representation:RepresentationMetric",
            "scores of linear classifiers on posterior means",
            "Sutter, Daunhawer, Vogt (2020), Table 1",
            "RepresentationSettings",
        ),
        _metric(
            "coherence",
            "metrics.generation.coherence:coherence_metric",
            "agreement of the labels of generated and given values",
            "Sutter, Daunhawer, Vogt (2020), Table 2",
            "CoherenceSettings",
        ),
        _metric(
            "quality",
            "metrics.generation.quality:QualityMetric",
            "distances between generated and real samples",
            "Sutter, Daunhawer, Vogt (2020), Table 3",
            "QualitySettings",
        ),
        _metric(
            "diversity",
            "metrics.generation.diversity:DiversityMetric",
            "spread over styles, as a share of the spread of real items of one class",
            "",
        ),
        _metric(
            "likelihood",
            "metrics.likelihood.likelihood:likelihood_metric",
            "importance-sampled log p(X) with proposals given every subset",
            "Sutter, Daunhawer, Vogt (2020), Table 4",
            "LikelihoodSettings",
        ),
        _metric(
            "perplexity",
            "metrics.likelihood.perplexity:PerplexityMetric",
            "likelihood per unit, such as a token, and its exponential",
            "",
            "PerplexitySettings",
        ),
        _metric(
            "imputation",
            "metrics.imputation.imputation:ImputationMetric",
            "errors of generated values and coverage of intervals",
            "",
        ),
        _metric(
            "information",
            "metrics.likelihood.information:InformationMetric",
            "nats that each modality adds to the posterior",
            "",
        ),
        _metric(
            "overview",
            "metrics.explanation.overview:OverviewMetric",
            "numbers of samples that have the same modalities",
            "",
        ),
        _metric(
            "variance",
            "metrics.explanation.variance:VarianceMetric",
            "variance that the content and each of its dimensions explain",
            "Argelaguet and others (2018), MOFA",
        ),
        _metric(
            "attributions",
            "metrics.explanation.attributions:AttributionsMetric",
            "features that change most with each dimension of the content",
            "Sundararajan, Taly, Yan (2017)",
            "AttributionsSettings",
        ),
        _metric(
            "covariates",
            "metrics.explanation.covariates:CovariatesMetric",
            "rank correlations of the content with covariates and labels",
            "Benjamini, Hochberg (1995)",
        ),
        _metric(
            "mixing",
            "metrics.explanation.mixing:MixingMetric",
            "how well the batches of a study are mixed, before and after the model",
            "Buettner and others (2019); Korsunsky and others (2019)",
        ),
        _metric(
            "differences",
            "metrics.explanation.differences:DifferencesMetric",
            "features that differ between two classes of the label",
            "Benjamini, Hochberg (1995)",
            "DifferencesSettings",
        ),
        _metric(
            "survival",
            "metrics.survival.survival:SurvivalMetric",
            "concordance of Cox models on the content, and curves of risk groups",
            "Harrell and others (1982)",
        ),
        _metric(
            "unusual",
            "runs.prediction.unusual_metric:UnusualMetric",
            "the least likely held-out records, and the cells that make them so",
            "",
        ),
    ]


def _metric(
    name: str, place: str, summary: str, reference: str, settings: str | None = None
) -> ComponentSpec:
    return ComponentSpec(
        kind="metric",
        name=name,
        factory=f"mmcore.{place}",
        settings=f"mmcore.config.evaluation:{settings}" if settings else None,
        summary=summary,
        reference=reference,
    )

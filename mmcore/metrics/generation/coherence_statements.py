"""Sentences of the report about coherence."""

from mmcore.inference.representation.subsets import subset_name
from mmcore.metrics.base import Subject
from mmcore.metrics.errors import share_error
from mmcore.metrics.generation.generated_labels import Agreement
from mmcore.metrics.generation.random_coherence import class_count
from mmcore.metrics.scores import mean_precision
from mmcore.reporting.statements import Estimate, Reference, Statement

__all__ = ["coherence_statements"]


def coherence_statements(measured: Agreement, subject: Subject) -> list[Statement]:
    """Return a statement for each modality, generated given all others, beside chance and real items."""
    statements, names = [], subject.model.names
    for name, classifier in subject.classifiers.items():
        given = subset_name(tuple(other for other in names if other != name))
        score = measured.classified.get(given, {}).get(name)
        if score is None:
            continue
        generated = f"{name}, generated from {given.replace('+', ' and ')},"
        if measured.attributes:
            quantity = (
                f"the mean average precision of a classifier for the attributes of {generated}"
            )
            chance = mean_precision(measured.rates)
            error = measured.errors.get(given, {}).get(name)
        else:
            quantity = f"the share of {generated} to which a classifier assigns the true label,"
            chance = 1 / class_count(subject)
            error = share_error(score, measured.rows)
        statements.append(
            Statement(
                topic="generation",
                quantity=quantity,
                estimate=Estimate(value=score, error=error),
                n=measured.rows,
                references={
                    "chance": Reference(value=chance),
                    "real items": Reference(value=classifier.score),
                },
            )
        )
    return statements

"""The sentences of the report follow from its numbers."""

import pytest
from pydantic import ValidationError

from mmcore.reporting.statements import Estimate, Reference, Statement
from mmcore.reporting.topics import PICTURES, first_of_topics, ordered


def statement(value, references=(), *, error=None, best="low", n=72, topic="imputation"):
    return Statement(
        topic=topic,
        quantity="the error",
        best=best,
        estimate=Estimate(value=value, error=error),
        n=n,
        references={name: Reference(**fields) for name, fields in dict(references).items()},
    )


def verdict(value, other, **options):
    fields = {k: options.pop(k) for k in ("other_error", "difference_error") if k in options}
    reference = {"value": other, "error": fields.get("other_error")}
    reference |= {"difference_error": fields.get("difference_error")}
    return statement(value, {"KNN": reference}, **options).sentence


@pytest.mark.parametrize(
    ("value", "other", "options", "words"),
    [
        (0.5, 0.7, {}, "better than KNN (0.700)"),
        (0.7, 0.5, {}, "worse than KNN (0.500)"),
        (0.7, 0.5, {"best": "high"}, "better than KNN (0.500)"),
        (0.5, 0.7, {"best": "high"}, "worse than KNN (0.700)"),
        (0.5, 0.5, {}, "equal to KNN (0.500)"),
        (0.50001, 0.50002, {}, "equal to KNN (0.500)"),
        (0.0, 0.0, {}, "equal to KNN (0.000)"),
        (-2.0, -3.0, {}, "worse than KNN (-3.000)"),
        # two standard errors of the difference of independent numbers: 2 * (.03² + .04²)^.5 = .1
        (0.5, 0.59, {"error": 0.03, "other_error": 0.04}, "not distinguishable from KNN"),
        (0.5, 0.61, {"error": 0.03, "other_error": 0.04}, "better than KNN"),
        (0.5, 0.59, {"error": 0.03, "difference_error": 0.04}, "better than KNN"),
        (0.5, 0.57, {"error": 0.03, "difference_error": 0.04}, "not distinguishable from KNN"),
        (0.5, 0.9, {"error": 0.3}, "not distinguishable from KNN"),
    ],
)
def test_the_verdict_follows_from_the_numbers(value, other, options, words):
    assert f", {words}" in verdict(value, other, **options)


@pytest.mark.parametrize("best", ["high", "low"])
@pytest.mark.parametrize("pair", [(0.2, 0.4), (0.4, 0.2), (-1.5, 12.0), (12.0, -1.5)])
def test_better_and_worse_change_places_with_the_numbers_and_with_the_end(pair, best):
    other_end = {"high": "low", "low": "high"}[best]
    opposite = {"better": "worse", "worse": "better"}
    word = "better" if "better" in verdict(*pair, best=best) else "worse"
    assert opposite[word] in verdict(*pair[::-1], best=best)
    assert opposite[word] in verdict(*pair, best=other_end)


def test_the_number_its_error_and_n_are_in_the_sentence():
    assert statement(0.4, error=0.02, n=1234).sentence == "The error is 0.400 ± 0.020 (n = 1,234)."
    assert statement(0.4, n=None).sentence == "The error is 0.400."


def test_a_number_that_was_not_measured_is_no_number():
    assert statement(None, {"KNN": {"value": 1.0}}).sentence == "The error was not measured."
    assert verdict(0.4, None) == "The error is 0.400 (n = 72), and KNN was not measured."


def test_references_are_grouped_by_their_verdict():
    references = {
        "mean": {"value": 0.9},
        "KNN": {"value": 0.8},
        "ridge": {"value": 0.3},
        "forest": {"value": 0.5},
        "MOFA": {"value": None},
    }
    assert statement(0.5, references).sentence == (
        "The error is 0.500 (n = 72), better than mean (0.900) and KNN (0.800), equal to forest (0.500),"
        " worse than ridge (0.300), and MOFA was not measured."
    )


def test_the_first_statement_of_each_topic_comes_before_second_ones():
    topics = ("prediction", "imputation", "variance", "imputation", "generation")
    every = [statement(float(k), topic=topic) for k, topic in enumerate(topics)]
    tables = first_of_topics(every, ordered(()), 3)
    assert [one.estimate.value for one in tables] == [2.0, 1.0, 0.0]
    pictures = first_of_topics(every, ordered(PICTURES), 9)
    assert [one.estimate.value for one in pictures] == [4.0, 2.0, 1.0, 0.0, 3.0]
    assert first_of_topics([], ordered(()), 3) == []


def test_a_topic_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError):
        statement(0.5, topic="imputations")

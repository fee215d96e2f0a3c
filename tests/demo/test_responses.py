"""What the page shows are the numbers of the model, whether a value is typed or is that of a record."""

import json

import pytest

from mmcore import MmcoreError
from mmcore.demo.latents import STEPS, traversal
from mmcore.demo.model import DemoModel
from mmcore.demo.requests import Request, TraversalRequest, parsed
from mmcore.demo.responses import generated, record, sampled
from mmcore.noise import Noise


@pytest.fixture(scope="module")
def demo(mixed):
    return DemoModel.open(mixed.run)


@pytest.fixture(scope="module")
def key(demo):
    """A record with all modalities, among those that can be picked."""
    return next(k for k in demo.examples.ids if len(demo.examples.batch(k).values) == 3)


def answered(demo, **request):
    return generated(demo, parsed(Request, request))


def test_values_that_are_typed_give_the_answer_of_their_record(demo, key):
    values = record(demo, key)["values"]
    assert values.keys() == {"blood", "scan", "note"}
    for name, value in json.loads(json.dumps(values)).items():
        typed = answered(demo, given={name: {"value": value}})
        assert typed == answered(demo, given={name: {"record": key}}), name


def test_an_answer_has_the_modalities_that_are_not_given_in_as_many_styles(demo, key):
    answer = answered(demo, given={"note": {"record": key}}, styles=4)
    assert answer["generated"].keys() == {"blood", "scan"}
    assert {len(own["values"]) for own in answer["generated"].values()} == {4}
    assert [one["name"] for one in answer["contributions"]] == ["note"]
    assert len(answer["content"]) == 3
    everything = {name: {"record": key} for name in demo.model.names}
    assert answered(demo, given=everything)["generated"].keys() == everything.keys()


def test_the_first_style_is_the_mode_at_the_mean_of_the_content(demo, key):
    model, batch = demo.model, demo.examples.batch(key).only(["note"])
    content = model.generation(model.codec.encode(batch)).mean
    noise = Noise(2, seed=5).at("demo").at("styles")
    style = model.codec.style_prior("scan").sample(noise, "scan")[:1]
    wanted = demo.forms["scan"].write(model.codec.decode("scan", content, style).mode.detach())
    answer = answered(demo, given={"note": {"record": key}}, styles=2, seed=5)
    assert answer["generated"]["scan"]["values"][:1] == wanted


def test_an_interval_has_the_expected_number_in_it_and_shares_sum_to_one(demo, key):
    spreads = {
        name: own["spread"]
        for given in ("note", "scan")
        for name, own in answered(demo, given={given: {"record": key}})["generated"].items()
    }
    age, sex = (spreads["blood"]["cells"][column] for column in ("age", "sex"))
    assert age["low"] < age["expected"] < age["high"]
    assert sex["expected"] in ("female", "male")
    assert 0.5 <= sex["probability"] <= 1
    assert 0 < spreads["scan"]["mean_deviation"] < 0.5
    assert sum(one["share"] for one in spreads["note"]["texts"]) <= 1


def test_the_nearest_record_to_a_training_record_is_itself(demo, key):
    neighbours, model = demo.neighbours, demo.model
    own = neighbours.of(model.codec.encode(demo.examples.batch(key)), ["scan"], 3)
    assert sorted(one.distance for one in own) == [one.distance for one in own]
    again = neighbours.of(model.codec.encode(own[0].batch.only(["scan"])), ["scan"], 1)
    assert again[0].key == own[0].key
    assert again[0].distance < 1e-4


def test_a_traversal_passes_the_prior_mean_in_every_dimension(demo, key):
    middles, ends = [], []
    for dimension in range(3):
        answer = traversal(demo, parsed(TraversalRequest, {"dimension": dimension}))
        assert answer["now"] == 0
        assert answer["values"].keys() == {"blood", "scan", "note"}
        middles.append(json.dumps([own[len(STEPS) // 2] for own in answer["values"].values()]))
        assert len({json.dumps(row) for row in answer["values"]["blood"]}) == len(STEPS)
        ends.append(json.dumps(answer["values"]["blood"][-1]))
    assert len(set(middles)) == 1
    assert len(set(ends)) == 3
    style = traversal(
        demo, parsed(TraversalRequest, {"part": "scan", "given": {"note": {"record": key}}})
    )
    assert style["values"].keys() == {"scan"}
    assert len(set(style["values"]["scan"])) > 1


def test_samples_come_from_the_generation_prior(demo):
    model = demo.model
    latents = model.generation_prior.sample(Noise(3, seed=4).at("demo"))
    wanted = model.decode(latents.content, latents.styles)
    values = sampled(demo, Request(styles=3, seed=4))["values"]
    assert values == {name: demo.forms[name].write(x) for name, x in wanted.items()}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "nothing is given"),
        ({"scam": {"value": 1}}, "did you mean 'scan'"),
        ({"note": {"record": "p99"}}, "no record has the id 'p99'"),
        ({"note": {}}, "'note' is given and empty"),
        ({"blood": {"value": {"age": None}}}, "'blood' is given and empty"),
        ({"blood": {"value": {"aeg": 3}}}, "did you mean 'age'"),
        ({"blood": {"value": 3}}, "the value of 'blood' is not valid"),
        ({"note": {"value": "a very long text indeed"}}, "expected at most"),
        ({"scan": {"value": "no picture"}}, "is no picture"),
    ],
)
def test_a_value_that_is_not_valid_is_one_sentence(demo, given, message):
    with pytest.raises(MmcoreError, match=message) as error:
        answered(demo, given=given)
    assert "\n" not in str(error.value)


def test_a_dimension_that_does_not_exist_is_one_sentence(demo):
    for part, size in (("", 3), ("scan", 2)):
        with pytest.raises(MmcoreError, match=f"has {size} dimensions"):
            traversal(demo, TraversalRequest(part=part, dimension=size))
    with pytest.raises(MmcoreError, match="did you mean 'scan'"):
        traversal(demo, TraversalRequest(part="scam"))


def test_records_that_are_hidden_are_in_no_answer(mixed, key):
    hidden = DemoModel.open(mixed.run, with_records=False)
    assert hidden.described()["records"] == []
    assert record(hidden, key)["values"] == {}
    answer = answered(hidden, given={"note": {"value": "calm"}})
    assert answer["nearest"] == []
    with pytest.raises(MmcoreError, match="has no records"):
        answered(hidden, given={"note": {"record": key}})

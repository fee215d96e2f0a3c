import io
import math
from contextlib import redirect_stdout
from functools import partial

import pytest
import yaml
from mmcore_celeba import data
from mmcore_text.alphabet import ALPHABET

import mmcore
from mmcore.config import EvaluationSettings
from mmcore.metrics.classifiers import train_classifier
from mmcore.runs.evaluation.evaluate import evaluate

pytestmark = pytest.mark.slow  # the figures of two modalities of 64 x 64 pixels and 256 characters


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a short run, what its training printed, and the record of its evaluation."""
    folder, output = tmp_path_factory.mktemp("celeba") / "run", io.StringIO()
    options = {f"celeba-{name}.width": 4 for name in ("image", "text")}
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(output):
        # As few as a probe is fitted on; quality is not measured.
        patch.setattr(data, "SAMPLE_SIZE", {"train": 500, "test": 60})
        patch.setattr("mmcore.metrics.base.train_classifier", partial(train_classifier, steps=2))
        mmcore.train(
            "celeba-image",
            "celeba-text",
            out=folder,
            data="sample",
            steps=2,
            batch_size=8,
            **options,
        )
        few = {"perplexity": {"samples": 2, "likelihood_rows": 20}}
        settings = EvaluationSettings(rows=60, options=few)
        record = evaluate(folder, settings, ["representation", "coherence", "perplexity"])
    return folder, output.getvalue(), record


def test_both_train_with_what_the_paper_trains_them_with_and_are_measured(trained):
    folder, messages, record = trained
    assert "the modalities suggest content_dim 32" in messages
    model = yaml.safe_load((folder / "config.yaml").read_text())["model"]
    assert model["content_dim"] == 32
    assert [m["style_dim"] for m in model["modalities"].values()] == [32, 32]
    assert list(model["options"]["weights"].values()) == [0.3, 0.35, 0.35]
    tables = {table.name: table for metric in record.metrics.values() for table in metric.tables}
    for name in ("linear probe by attribute", "coherence by attribute"):
        assert "Eyeglasses" in tables[name].rows
        assert tables[name].columns[0].name == "base rate"
    crossed = [column.name for column in tables["coherence by attribute"].columns[1:]]
    assert crossed == ["celeba-image → celeba-text", "celeba-text → celeba-image"]
    assert set(tables["linear probe"].rows) == {
        "celeba-image",
        "celeba-text",
        "celeba-image+celeba-text",
    }
    assert (folder / "figures" / "cross_generation.png").is_file()
    assert record.data == "sample"


def test_the_text_is_told_in_nats_of_each_character_beside_a_unigram_model(trained):
    _, _, record = trained
    (table,) = record.metrics["perplexity"].tables
    assert list(table.rows) == ["(baseline)", "p(celeba-text)", "p(celeba-text | celeba-image)"]
    names = [column.name for column in table.columns]
    assert names[::2] == ["nats per character", "nats per place"]
    for a_character, of_a_character, a_place, of_a_place in table.rows.values():
        assert [of_a_character, of_a_place] == pytest.approx(
            [math.exp(a_character), math.exp(a_place)]
        )
        assert a_character > a_place
    # A unigram model is at the entropy of single characters, far below that of 71 equal ones.
    assert 0 < table.rows["(baseline)"][2] < 0.5 * math.log(len(ALPHABET))

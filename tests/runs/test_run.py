import pytest

from mmcore import MmcoreError
from mmcore.model import Model
from mmcore.reporting.record import EvaluationSettings
from mmcore.runs.evaluation.evaluate import evaluate
from mmcore.runs.run import Run


def test_a_run_has_its_configuration_model_data_and_evaluation(
    trained, vectors, quiet, monkeypatch
):
    loads, load = [], Model.from_pretrained.__func__
    monkeypatch.setattr(
        Model,
        "from_pretrained",
        classmethod(lambda cls, folder, **o: loads.append(folder) or load(cls, folder, **o)),
    )
    run = Run.open(trained, vectors)
    assert loads == []
    assert run.model is run.model
    assert loads == [trained / "model"]
    assert run.folder == trained
    assert list(run.config.model.modalities) == ["a", "b"]
    assert run.data().items == run.record["data_items"]
    assert run.summary["data"] == run.record["data"] == "sample"

    assert run.evaluation is None
    settings = EvaluationSettings(rows=50, options={"representation": {"probe_rows": 500}})
    record = evaluate(trained, settings, ["representation"], catalogue=vectors, console=quiet)
    assert run.evaluation == record


def test_the_data_of_a_run_has_no_hidden_values(trained, vectors):
    path = trained / "config.yaml"
    path.write_text(path.read_text().replace("drop: 0.0", "drop: 0.5"))
    run = Run.open(trained, vectors)
    assert run.config.data.drop == 0.5
    assert run.data().drop == 0.0


@pytest.mark.parametrize(
    ("removed", "problem"),
    [("run.json", "holds no run"), ("config.yaml", "holds no run"), ("model", "has no model yet")],
)
def test_a_folder_without_a_finished_run_is_refused(trained, vectors, removed, problem):
    (trained / removed).rename(trained / "elsewhere")
    with pytest.raises(MmcoreError, match=problem):
        Run.open(trained, vectors)

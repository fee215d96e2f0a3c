"""Links in the folder of a run of a stranger, through which a command would write elsewhere."""

import pytest

from mmcore.config import DataConfig, ModalityConfig, ModelConfig, RunConfig
from mmcore.errors import MmcoreError
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.folder.links import check_links
from mmcore.runs.run import Run
from mmcore.runs.training.job import run
from mmcore.runs.training.resuming import resume

PLACES = (
    "figures",
    "checkpoints",
    "metrics.jsonl",
    "model",
    "evaluation.json",
    "checkpoints/step-1",
    ".lock",
)


def config():
    model = ModelConfig(modalities={"a": ModalityConfig(kind="vector")}, content_dim=2, style_dim=1)
    return RunConfig(model=model, data=DataConfig(mode="sample"))


@pytest.mark.parametrize("place", PLACES)
def test_a_link_that_leaves_the_run_is_refused_by_every_command(tmp_path, vectors, place):
    victim = tmp_path / "victim"
    victim.mkdir()
    folder = RunFolder(tmp_path / "run")
    folder.begin(config())
    folder.record.write_text("{}")
    folder.model.mkdir()
    link = folder.path / place
    link.parent.mkdir(exist_ok=True)
    if link.is_dir():
        link.rmdir()
    link.symlink_to(victim)
    for command in (Run.open, resume):
        with pytest.raises(MmcoreError, match=r"is a link to .*victim"):
            command(folder.path, catalogue=vectors)
    assert list(victim.iterdir()) == []


def test_a_new_run_is_not_begun_in_a_folder_with_such_a_link(tmp_path, vectors):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metrics.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MmcoreError, match=r"is a link to"):
        run(config(), RunFolder(tmp_path / "run"), catalogue=vectors)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["metrics.jsonl"]


def test_the_folder_may_be_a_link_and_have_links_inside(tmp_path):
    (tmp_path / "real" / "wandb" / "run-1").mkdir(parents=True)
    (tmp_path / "real" / "wandb" / "latest").symlink_to("run-1")
    (tmp_path / "run").symlink_to(tmp_path / "real")
    check_links(tmp_path / "run")
    (tmp_path / "real" / "loop").symlink_to("loop")
    check_links(tmp_path / "run")
    check_links(tmp_path / "none")

import pytest
from support.runs import config

from mmcore.runs.folder.files import RunFolder
from mmcore.runs.training.job import run


@pytest.fixture(scope="session")
def straight(tmp_path_factory):
    return tmp_path_factory.mktemp("straight")


@pytest.fixture
def unbroken(straight, vectors):
    """The folder of a run that nothing interrupts."""
    if not (straight / "run" / "summary.json").exists():
        run(config(), RunFolder(straight / "run"), catalogue=vectors)
    return straight / "run"

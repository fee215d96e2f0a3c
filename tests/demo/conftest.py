import pytest
from support.mixed import mixed_run


@pytest.fixture(scope="session")
def mixed(tmp_path_factory):
    """A run of a table, a picture and a text, not trained."""
    return mixed_run(tmp_path_factory.mktemp("mixed"))

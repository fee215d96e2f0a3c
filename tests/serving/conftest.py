from types import SimpleNamespace

import pytest
from support.mixed import mixed_run

from mmcore.runs.run import Run


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """A run and a client of the application that serves it."""
    pytest.importorskip("fastapi", reason="needs the extra serve")
    from starlette.testclient import TestClient

    from mmcore.serving.app import create_app
    from mmcore.serving.limits import Limits
    from mmcore.serving.service import Service

    mixed = mixed_run(tmp_path_factory.mktemp("served"))
    model = Run.open(mixed.run).model
    app = create_app(Service(model), "mixed", Limits(records=5, megabytes=1))
    with TestClient(app, base_url="http://localhost") as client:
        yield SimpleNamespace(mixed=mixed, model=model, client=client)

"""A service answers many clients as one, and stops when it has answered."""

import re
import signal
import subprocess
import sys
import threading
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import yaml
from support.mixed import mixed_run, untrained_run

pytest.importorskip("fastapi", reason="needs the extra serve")


ROOT = Path(__file__).parents[2]
BENCHMARK = ROOT / "benchmarks" / "serving.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = spec_from_file_location("serving_benchmark", BENCHMARK)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_fifty_clients_have_the_answers_of_one(tmp_path, benchmark):
    run = mixed_run(tmp_path).run
    with benchmark.service(run, threads=1) as port:
        for path, requests in benchmark.bodies(port, 10).items():
            results, _ = benchmark.load(port, f"/{path}", requests, clients=50, each=1)
            assert len(results) == 50
            assert all(status == 200 and same for status, _, same in results), path


@pytest.mark.slow
def test_a_stopped_service_answers_what_has_arrived(tmp_path, benchmark):
    run = mixed_run(tmp_path).run
    command = [sys.executable, "-u", "-m", "mmcore", "serve", str(run), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        port = int(re.search(r":(\d+)$", process.stdout.readline().strip())[1])
        benchmark.wait_for(port)
        body, answers = {"records": [{"note": "calm"}], "samples": 1000}, []
        with benchmark.Client(port) as client:
            thread = threading.Thread(target=lambda: answers.append(client.post("/score", body)))
            thread.start()
            time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            thread.join()
        assert process.wait(20) == 0
        assert "stopped" in process.stdout.read()
    assert answers[0][0] == 200


@pytest.mark.slow
def test_the_code_of_the_page_runs(tmp_path, benchmark, blocks, capsys):
    study = yaml.safe_load((ROOT / "examples" / "breast_cancer.yaml").read_text())
    run = untrained_run(study, tmp_path, tmp_path / "cancer")
    scope = {}
    with benchmark.service(run, threads=1) as port:
        for block in blocks(ROOT / "docs" / "serving.md"):
            if not block.is_shell:
                exec(compile(block.text.replace(":8000", f":{port}"), "serving.md", "exec"), scope)
    lines = capsys.readouterr().out.splitlines()
    assert "did you mean 'mean radius'?" in lines[-1]

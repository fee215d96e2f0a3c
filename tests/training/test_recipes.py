"""The commands of docs/scale.md, in two processes on one machine, and its table of costs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.runs import same, weights

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scale.md").read_text()
COMMANDS = [line.removeprefix("srun ") for line in PAGE.splitlines() if "-m mmcore train" in line]
TRAINING = (
    "--modalities text,mnist --data sample --steps 4 --batch-size 16 --accelerator cpu"
    " --precision 32-true --generation-prior standard --out"
)


def test_the_table_of_costs_has_the_products_of_its_rates():
    sys.path.insert(0, str(ROOT))
    from benchmarks.cost import table

    (lines,) = re.findall(r"(\| stage .*?)\n\n", PAGE, flags=re.DOTALL)
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines.splitlines()[2:]]
    rates = {stage: float(rate.replace(",", "")) for stage, rate, *_ in cells}
    assert table(rates, 1e9, 0.05) == lines


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=["slurm", "kubernetes"])
def test_the_commands_train_on_two_machines(command, tmp_path):
    """Each machine is a process of this one, with the variables that SLURM and Kubernetes set."""
    launcher = f"{sys.executable} -m torch.distributed.run"
    command = command.replace("torchrun", launcher).replace(":29500", ":29511")
    command = command.replace("--master-port 29500", "--master-port 29512")
    shared = {"HEAD": "localhost", "SLURM_NNODES": "2", "SLURM_JOB_ID": "7", "PROCESSES": "1"}
    shared |= {"WHAT": f"{TRAINING} {tmp_path / 'two'}", "OMP_NUM_THREADS": "1"}
    machines = [
        subprocess.Popen(
            ["bash", "-c", command],
            env={**os.environ, **shared, "JOB_COMPLETION_INDEX": str(rank)},
        )
        for rank in range(2)
    ]
    assert [machine.wait(timeout=300) for machine in machines] == [0, 0]
    one = [sys.executable, "-m", "mmcore", "train", *TRAINING.split(), tmp_path / "one"]
    subprocess.run(one, check=True)
    own, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    assert not same(own, {name: value * 0 for name, value in own.items()})
    assert max(float((own[n] - two[n]).abs().max()) for n in own) < 1e-3

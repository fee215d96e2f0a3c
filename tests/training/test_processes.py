"""Several processes compute what one computes, whatever their rows lack."""

import pytest
import torch
from safetensors.torch import load_file, save_file
from support.processes import as_torchrun_does

from mmcore import Model
from mmcore.batch import Batch
from mmcore.config import ModalityConfig, ModelConfig, TrainingConfig
from mmcore.plugins import Catalogue
from mmcore.testing.checks.cases import ModalityCase
from mmcore.testing.component import Component
from mmcore.training import make_fabric
from mmcore.training.step import TrainStep, backward

ROWS, STEPS = 4, 2
KINDS = ("real", "student", "count", "zero-inflated", "binary", "categorical", "ordered")
COLUMNS = [{"name": kind, "kind": kind} for kind in KINDS[:5]] + [
    {"name": kind, "kind": kind, "categories": ["low", "middle", "high"]} for kind in KINDS[5:]
]


@pytest.fixture(scope="module")
def shipped():
    """Every modality of the installed plug-ins, with a table of every kind of column."""
    catalogue = Catalogue.discover()
    settings = {n: catalogue.find("modality", n)[1].example for n in catalogue.names("modality")}
    chosen = {name: ModalityConfig(kind=name, settings=own) for name, own in settings.items()}
    for kind in KINDS:
        column = [one for one in COLUMNS if one["kind"] == kind]
        chosen[f"only {kind}"] = ModalityConfig(kind="table", settings={"fitted": column})
    chosen["all kinds"] = ModalityConfig(kind="table", settings={"fitted": COLUMNS})
    return catalogue, chosen


def values(catalogue, chosen):
    drawn = {}
    for name, own in chosen.items():
        component = Component("modality", own.kind, catalogue, own.settings)
        make = ModalityCase.of_component(component).make
        drawn[name] = ModalityCase(make).raw(ROWS).detach()
    return drawn


def presence(chosen):
    """The even rows, of process 0, lack every second modality; the odd rows lack the others."""
    even = torch.arange(ROWS) % 2 == 0
    return {name: even if number % 2 else ~even for number, name in enumerate(chosen)}


def gradients(catalogue, chosen, batch, path):
    """Train for some steps, and save the last gradient."""
    training = TrainingConfig(batch_size=ROWS, steps=STEPS, precision="64-true", accelerator="cpu")
    fabric = make_fabric(training)
    rank, world = fabric.global_rank, fabric.world_size
    config = ModelConfig(modalities=chosen, content_dim=3)
    model = Model.from_config(config, catalogue=catalogue)
    step = TrainStep(model, steps=STEPS, rows=ROWS, seed=0, rank=rank, world=world)
    # Dropout differs between processes.
    module = fabric.setup(step).eval()
    own = Batch(
        {name: value[rank::world] for name, value in batch.values.items()},
        {name: mask[rank::world] for name, mask in batch.present.items()},
    )
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-4)
    for number in range(STEPS):
        optimizer.zero_grad()
        list(backward(module, own, number, 1, fabric))
        optimizer.step()
    received = [(n, p.grad) for n, p in model.named_parameters() if p.grad is not None]
    save_file({n: g.contiguous() for n, g in received if len(g)}, f"{path}-{rank}-{world}")


def test_every_modality_trains_though_all_rows_of_a_process_lack_it(shipped, tmp_path):
    catalogue, chosen = shipped
    batch = Batch.of(values(catalogue, chosen), presence(chosen))
    arguments = (catalogue, chosen, batch, tmp_path / "gradient")
    as_torchrun_does(gradients, *arguments)
    gradients(*arguments)
    whole = load_file(tmp_path / "gradient-0-1")
    for rank in (0, 1):
        parts = load_file(tmp_path / f"gradient-{rank}-2")
        for name, gradient in whole.items():
            torch.testing.assert_close(parts[name], gradient, rtol=1e-7, atol=1e-9, msg=name)
        assert not any(parts[name].any() for name in parts.keys() - whole.keys())

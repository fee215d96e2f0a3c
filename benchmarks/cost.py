"""What a study of many records costs: measured rates, and the table of docs/scale.md.

    OMP_NUM_THREADS=1 uv run python benchmarks/cost.py --records 1e9 --price 0.05

Measures, on synthetic tables, how many records one core processes in a second of CPU time, and prints
the core hours and the price of ``--records``. CPU time does not depend on the other load of the machine.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

ROWS, ANSWERED = 20_000, 2_000
STEPS, BATCH = 100, 256
COLUMNS = 100
EPOCHS = 10


def core_hours(records: float, rate: float) -> float:
    """Return the hours of one core for ``records`` at ``rate`` records per second of CPU time."""
    return records / rate / 3600


def cost(records: float, rate: float, price: float) -> float:
    """Return the price of ``records`` at ``rate``, with ``price`` per core and hour."""
    return core_hours(records, rate) * price


def table(rates: Mapping[str, float], records: float, price: float) -> str:
    """Return a table of Markdown, one line for each stage of a study."""
    lines = [
        f"| stage | records per second and core | core hours for {records:.0e} | price |",
        "| --- | --- | --- | --- |",
    ]
    for stage, rate in rates.items():
        hours, total = core_hours(records, rate), cost(records, rate, price)
        lines.append(f"| {stage} | {rate:,.0f} | {hours:,.0f} | {total:,.0f} |")
    return "\n".join(lines)


def write(folder: Path) -> None:
    random = np.random.default_rng(0)
    cells = random.normal(size=(ROWS, 8)) @ random.normal(size=(8, COLUMNS))
    frame = pd.DataFrame(cells + random.normal(size=cells.shape)).astype(np.float32)
    frame = frame.mask(random.random(size=frame.shape) < 0.2).add_prefix("c")
    frame.assign(id=[f"p{n}" for n in range(ROWS)]).to_parquet(
        folder / "cells.parquet", index=False
    )


@contextmanager
def counted(rates: dict[str, float], stage: str, records: int) -> Iterator[None]:
    """Add the rate of a stage, by the CPU time of the block."""
    began = time.process_time()
    yield
    rates[stage] = records / (time.process_time() - began)


def measured(folder: Path) -> dict[str, float]:
    """Return the records per second of CPU time, by stage, with two digits."""
    from mmcore.config.study import StudyConfig
    from mmcore.data.tables import fit_study
    from mmcore.plugins import Catalogue
    from mmcore.runs.prediction import ImputeSettings, Query, ScoreSettings
    from mmcore.runs.prediction.embedding import embed
    from mmcore.runs.prediction.imputation import impute
    from mmcore.runs.prediction.parts import Part
    from mmcore.runs.prediction.scoring import Reference, score
    from mmcore.runs.training.setup import TrainingSetup

    place = {"kind": "table", "file": "cells.parquet"}
    sides = {"left": "c*[02468]", "right": "c*[13579]"}
    document = {
        "modalities": {name: place | {"columns": own} for name, own in sides.items()},
        "training": {"steps": STEPS, "batch_size": BATCH, "accelerator": "cpu"},
    }
    rates: dict[str, float] = {}
    catalogue = Catalogue.discover()
    with counted(rates, "fitting columns", ROWS):
        planned = fit_study(StudyConfig.model_validate(document), folder, catalogue)
    with counted(rates, "reading values", ROWS):
        setup = TrainingSetup(planned.config, catalogue, planned.study)
    with counted(rates, "training, one epoch", STEPS * BATCH):
        setup.fit([])
    rates[f"training, {EPOCHS} epochs"] = rates["training, one epoch"] / EPOCHS
    query = Query.of(setup.trained(), setup.data).part(Part(1, ROWS // ANSWERED), 1000)
    with counted(rates, "`embed`", len(query)):
        list(embed(query))
    with counted(rates, "`impute`", len(query)):
        list(impute(query, ImputeSettings()))
    few = query.part(Part(1, 10), 50)
    reference = Reference(None, ScoreSettings())
    with counted(rates, "`score`", len(few)):
        list(score(few, reference))
    return {stage: float(f"{rate:.2g}") for stage, rate in rates.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=float, default=1e9)
    parser.add_argument("--price", type=float, default=0.05, help="of one core for one hour")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        rates = measured(Path(name))
    print(table(rates, chosen.records, chosen.price))


if __name__ == "__main__":
    main()

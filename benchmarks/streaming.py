"""Peak memory of a study that is larger than it: Parquet to training steps, synthetic data.

    uv run python benchmarks/streaming.py --rows 1000000 --columns 500 --files 8 --order blocks

Writes synthetic Parquet files to a temporary folder, then plans, opens and trains a study on them in a
process of its own, and prints the largest resident memory of that one.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PIECE = 50_000


def write(folder, rows, columns, files):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    random = np.random.default_rng(0)
    loading = random.normal(size=(8, columns)).astype(np.float32)
    pieces = range(0, rows, PIECE)
    for number, start in enumerate(pieces):
        count = min(PIECE, rows - start)
        shared = random.normal(size=(count, 8)).astype(np.float32)
        cells = shared @ loading + random.normal(size=(count, columns)).astype(np.float32)
        names = [f"c{n}" for n in range(columns)]
        arrays = [pa.array([f"row{start + n:08d}" for n in range(count)])]
        table = pa.table([*arrays, *map(pa.array, cells.T.copy())], names=["id", *names])
        if number * files // len(pieces) > (number - 1) * files // len(pieces) or not number:
            path = folder / f"part-{number * files // len(pieces):05d}.parquet"
            writer = pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
        if (number + 1) * files // len(pieces) > number * files // len(pieces):
            writer.close()


def train(folder, steps, order):
    from mmcore.config.study import StudyConfig
    from mmcore.data.tables import fit_study
    from mmcore.plugins import Catalogue
    from mmcore.runs.folder.files import RunFolder
    from mmcore.runs.training.job import TrainingJob
    from mmcore.terminal.printing import Console

    started = time.perf_counter()
    study = StudyConfig.model_validate(
        {
            "modalities": {
                "left": {"kind": "table", "file": "big", "columns": "c*[02468]"},
                "right": {"kind": "table", "file": "big", "columns": "c*[13579]"},
            },
            "split": {"test": 0.1},
            "training": {"steps": steps, "accelerator": "cpu", "order": order},
        }
    )
    catalogue = Catalogue.discover()
    planned = fit_study(study, folder, catalogue)
    print(planned.chosen)
    job = TrainingJob(
        planned.config, RunFolder(folder / "run"), catalogue, Console(), planned.study
    )
    job.start()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    (folder / "peak.json").write_text(
        json.dumps({"peak_gib": peak, "seconds": time.perf_counter() - started})
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--inside", type=Path, help="(of the process that is measured)")
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--order", default="random")
    parser.add_argument(
        "--bound", type=float, default=0, help="GiB of the data segment; 0 for none"
    )
    chosen = parser.parse_args()
    if chosen.inside:
        train(chosen.inside, chosen.steps, chosen.order)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "big").mkdir()
        write(folder / "big", chosen.rows, chosen.columns, chosen.files)
        size = sum(path.stat().st_size for path in (folder / "big").iterdir())
        command = [sys.executable, __file__, "--inside", name, "--steps", str(chosen.steps)]
        command += ["--order", chosen.order]
        environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        subprocess.run(command, check=True, env=environment)
        measured = json.loads((folder / "peak.json").read_text())
    print(
        f"{chosen.rows:,} rows x {chosen.columns} columns, {size / 1e9:.2f} GB of Parquet,"
        f" {chosen.steps} steps: {measured['peak_gib']:.2f} GiB at most, {measured['seconds']:.0f} s"
    )


if __name__ == "__main__":
    main()

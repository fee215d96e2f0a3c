"""Record what fixed seeds give, through the command line: weights, probes, tables and answers.

Usage::

    python tests/golden/record.py OUT.json [--tree FOLDER] [--only mmjsd,mvae]

Two trees of the code give the same results if their recordings are equal. `test_golden.py` compares
the current code with `numbers.json` by the functions of this file. Nothing of mmcore is imported.
"""

import argparse
import csv
import hashlib
import json
import math
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

ROOT = Path(__file__).resolve().parents[2]

# The command line. All options and names that a case uses stand here and nowhere else: if one is
# renamed, adapt it here. The first word of a command says which reader reads its result.
RUN = "run"
TRAIN = (
    f"train --out {RUN} --seed 0 --precision 32-true --accelerator cpu --generation-prior gaussian"
)
SAMPLE = (
    f"{TRAIN} --data sample --batch-size 32 --content-dim 4 --style-dim 2 --set mnist.hidden=16"
)
PAIR = f"{SAMPLE} --modalities mnist,text --steps 24"
TRIPLE = f"{SAMPLE} --modalities mnist,svhn,text --steps 12 --set svhn.width=4 --set text.width=4"
STUDY = f"{TRAIN} --steps 30 --config {{examples}}"
EVALUATE = (
    f"evaluate {RUN} --rows 200 --samples 8 --likelihood-rows 10"
    " --seed 0 --precision 32-true --accelerator cpu"
)
ANSWERS = {
    "impute": f"impute {RUN} --out impute.csv --samples 19 --seed 0",
    "draws": f"impute {RUN} --out draws.csv --draws 2 --seed 0",
    "embed": f"embed {RUN} --out embed.csv --seed 0",
    "score": f"score {RUN} --out score.csv --samples 16 --by-modality --seed 0",
}
CASES = {
    "mmjsd": {"train": f"{PAIR} --method mmjsd --drop 0.3", "evaluate": EVALUATE},
    "mmjsd-arithmetic": {"train": f"{PAIR} --method mmjsd --dynamic-prior arithmetic"},
    "mvae": {"train": f"{PAIR} --method mvae --drop 0.3"},
    "mmvae": {"train": f"{PAIR} --method mmvae"},
    "mmvae-dreg": {"train": f"{PAIR} --method mmvae --set estimator=dreg --drop 0.3"},
    "mopoe": {"train": f"{PAIR} --method mopoe --drop 0.3"},
    "mvtcae": {"train": f"{PAIR} --method mvtcae"},
    "mmvaeplus": {"train": f"{PAIR} --method mmvaeplus --drop 0.3"},
    "dmvae": {"train": f"{PAIR} --method dmvae"},
    "custom": {"train": f"{PAIR} --method custom --set posterior=wasserstein --drop 0.3"},
    "three-modalities": {"train": f"{TRIPLE} --method mmjsd --drop 0.3"},
    "breast-cancer": {
        "train": f"{STUDY}/breast_cancer.yaml",
        "evaluate": EVALUATE,
        **ANSWERS,
    },
    "tcga": {
        "train": f"{STUDY}/tcga.yaml --data-dir {{data}}",
        "evaluate": EVALUATE,
        **ANSWERS,
    },
}
NEEDS = {"tcga": "tcga-breast"}
"""Folder below MMCORE_DATA without which a case is absent."""

# Files of a run, and the keys that are read from them.
WEIGHTS, SUMMARY, EVALUATION = "model/model.safetensors", "summary.json", "evaluation.json"
PROBES, LAST_METRICS, LOSS = ("linear_probe", "style_probe"), "last_metrics", "loss"
RENAMED: dict[str, str] = {
    "(all available)": "(whatever is there)",
    "nats added": "nats it adds",
    "posteriors": "fusions",
}
"""Where a metric, a table, a column or a row has another name now: its recorded name by the new."""

SEPARATOR = " / "
PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "pandas")
SHOWN_COLUMNS = 8
"""So many numeric columns of an answer, at most, are summed one by one."""
ENVIRONMENT = "environment"
"""Key of what bits may depend on, beside the steps of a case: cases are recorded on several machines."""
TOLERANCE = 1e-3
"""Relative, where bits are not compared."""
DECIDED = {
    "linear_probe",
    "style_probe",
    "representation",
    "coherence",
    "quality",
    "diversity",
}
"""Results that hang on decisions of a classifier: a rounding error may turn one for many rows alike,
since the sample data has 10 distinct texts."""
DECIDED_TOLERANCE = {"rel_tol": 0.05, "abs_tol": 0.15}
"""Measured with other CPU kernels: shares differ by up to 0.12, Frechet distances by 3 %."""


def environment() -> dict[str, Any]:
    """Return all on which bits may depend."""
    import torch

    return {
        **{name: version(name) for name in PACKAGES},
        "cpu": _cpu(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "precision": "32-true",
        "threads": 1,
    }


def absent(name: str) -> str | None:
    """Return why a case cannot run here, or None."""
    needed = NEEDS.get(name)
    if needed is None:
        return None
    folder = os.environ.get("MMCORE_DATA")
    if folder and (Path(folder) / needed).is_dir():
        return None
    return f"there is no folder {needed} below MMCORE_DATA"


def run_case(
    name: str, folder: Path, cache: Path, *, tree: Path | None = None, steps: int | None = None
) -> dict[str, Any]:
    """Run the commands of a case in `folder` and return what they gave, by step.

    Arguments:
        name: a key of `CASES`.
        folder: an empty folder, the commands' working directory.
        cache: what the commands take for the user's cache.
        tree: the code to run; default: what Python finds.
        steps: how many of the case's commands are run; default: all.
    """
    places = {
        "examples": str((tree or ROOT) / "examples"),
        "data": str(Path(os.environ.get("MMCORE_DATA", "")).resolve()),
    }
    results = {}
    for step, command in list(CASES[name].items())[:steps]:
        words = [word.format(**places) for word in shlex.split(command)]
        _call(["-m", "mmcore", *words], folder, _variables(cache, tree))
        results[step] = _read(words, folder)
    return results


def differences(recorded: Any, results: Any, *, exact: bool) -> list[str]:
    """Return the differences of two results, a line each.

    Arguments:
        recorded: what was recorded, or a part of it.
        found: the same, as it is now.
        exact: compare bit for bit; else numbers to a tolerance, and no hashes.
    """
    old, new = dict(_leaves(recorded)), dict(_leaves(results))
    lines = [f"{path}: recorded, not found" for path in old if path not in new]
    lines += [f"{path}: found, not recorded" for path in new if path not in old]
    for path in old:
        if path in new and not _same(path, old[path], new[path], exact):
            lines.append(f"{path}: recorded {old[path]}, found {new[path]}")
    return lines


def read_weights(path: Path) -> dict[str, Any]:
    """Return a hash of the weights that knows neither their order nor their names, and sums."""
    tensors = load_file(path).values()
    hashes = sorted(_tensor_hash(tensor) for tensor in tensors)
    return {
        "sha256": _sha256("\n".join(hashes).encode()),
        "tensors": len(hashes),
        "numbers": sum(tensor.size for tensor in tensors),
        "sum of absolute values": math.fsum(
            float(np.abs(t, dtype=np.float64).sum()) for t in tensors
        ),
    }


def read_summary(path: Path) -> dict[str, Any]:
    """Return the linear probes and the last loss of ``summary.json``."""
    summary = json.loads(path.read_text(encoding="utf-8"))
    probes = {
        key: {_recorded_name(name): number for name, number in summary[key].items()}
        for key in PROBES
    }
    return {**probes, LOSS: summary[LAST_METRICS][LOSS]}


def read_evaluation(path: Path) -> dict[str, Any]:
    """Return all numbers of ``evaluation.json``, by metric, table, row and column."""
    metrics = json.loads(path.read_text(encoding="utf-8"))["metrics"]
    return {
        _recorded_name(metric): {
            _recorded_name(table["name"]): _cells(table) for table in record["tables"]
        }
        for metric, record in metrics.items()
    }


def read_answer(path: Path) -> dict[str, Any]:
    """Return the hash and the size of an answer, and sums of its numeric columns."""
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    masses = (_mass(cells) for cells in zip(*rows, strict=True))
    sums = {place: mass for place, mass in enumerate(masses) if mass is not None}
    shown = list(sums)[:: max(1, math.ceil(len(sums) / SHOWN_COLUMNS))]
    return {
        "sha256": _sha256(path.read_bytes()),
        "rows": len(rows),
        "columns": len(names),
        "numeric columns": len(sums),
        "sum of absolute values": math.fsum(sums.values()),
        "by column": {str(place): sums[place] for place in shown},
    }


def _read(words: list[str], folder: Path) -> dict[str, Any]:
    """Return what a command has written."""
    run = folder / RUN
    if words[0] == "train":
        return {"weights": read_weights(run / WEIGHTS), "summary": read_summary(run / SUMMARY)}
    if words[0] == "evaluate":
        return read_evaluation(run / EVALUATION)
    return read_answer(folder / words[words.index("--out") + 1])


def _cells(table: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    columns = [_recorded_name(column["name"]) for column in table["columns"]]
    return {
        _recorded_name(row): dict(zip(columns, cells, strict=True))
        for row, cells in table["rows"].items()
    }


def _recorded_name(name: str) -> str:
    return RENAMED.get(name, name)


def _mass(cells: tuple[str, ...]) -> float | None:
    """Return the sum of the absolute values of a column, None if it is not numeric."""
    try:
        numbers = [abs(float(cell)) for cell in cells if cell]
    except ValueError:
        return None
    return math.fsum(numbers) if numbers else None


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what is no dictionary, with the keys that lead there."""
    if not isinstance(value, Mapping):
        yield path, value
        return
    for key, part in value.items():
        yield from _leaves(part, f"{path}{SEPARATOR}{key}" if path else str(key))


def _same(path: str, old: Any, new: Any, exact: bool) -> bool:
    if not exact and path.endswith("sha256"):
        return True
    if old == new or repr(old) == repr(new) == "nan":
        return True
    if exact or not isinstance(old, int | float) or not isinstance(new, int | float):
        return False
    if DECIDED.isdisjoint(path.split(SEPARATOR)):
        return math.isclose(old, new, rel_tol=TOLERANCE)
    return math.isclose(old, new, **DECIDED_TOLERANCE)


def _tensor_hash(tensor: np.ndarray) -> str:
    return _sha256(f"{tensor.dtype} {tensor.shape} ".encode() + tensor.tobytes())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _variables(cache: Path, tree: Path | None) -> dict[str, str]:
    """Return the commands' environment: one thread, no GPU, a cache and data of their own."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("MMCORE_")}
    if tree is not None:
        kept["PYTHONPATH"] = os.pathsep.join(map(str, [tree, *sorted(tree.glob("plugins/*"))]))
    return kept | {
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "XDG_CACHE_HOME": str(cache),
    }


def _call(words: list[str], folder: Path, variables: dict[str, str]) -> str:
    """Run Python with these words and return what it prints."""
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=variables, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{shlex.join(words)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def _cpu() -> str:
    """Return the model of the CPU, with the numbers that distinguish models of one name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = {key.strip(): text.strip() for key, _, text in (line.partition(":") for line in lines)}
    name = fields.get("model name", platform.machine())
    return f"{name} (family {fields.get('cpu family')}, model {fields.get('model')})"


def _check_tree(tree: Path, folder: Path) -> None:
    """Check that Python finds mmcore in `tree`."""
    place = _call(["-c", "import mmcore; print(mmcore.__file__)"], folder, _variables(folder, tree))
    if not Path(place.strip()).is_relative_to(tree):
        raise RuntimeError(f"mmcore is not imported from the tree, but from {place.strip()}")


def record(names: list[str], tree: Path | None) -> dict[str, Any]:
    """Run the cases and return the recording, with the environment of each."""
    cases: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        if tree is not None:
            _check_tree(tree, top)
        for name in names:
            if why := absent(name):
                cases[name] = {"absent": why}
                continue
            start = time.perf_counter()
            (top / name).mkdir()
            answers = run_case(name, top / name, top / "cache", tree=tree)
            cases[name] = {ENVIRONMENT: environment(), **answers}
            print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
    return {"cases": cases}


def main() -> None:
    """Record to the file that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path, help="file to write, .json")
    parser.add_argument("--tree", type=Path, help="code to run; default: what Python finds")
    parser.add_argument("--only", default=",".join(CASES), help="cases, separated by commas")
    options = parser.parse_args()
    tree = options.tree.resolve() if options.tree else None
    recording = record(options.only.split(","), tree)
    options.out.write_text(json.dumps(recording, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

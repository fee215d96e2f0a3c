"""Which mean of the experts serves well as dynamic prior: one mmJSD run for each mean and seed.

    uv run python benchmarks/which_prior.py --data-dir DATA --out runs/which-prior

Every run has the defaults of ``mmcore train`` except for its mean. All models generate from the product of
experts, so that they differ in training only. A run that is finished is not repeated: ``--only`` and
``--seeds`` may share the runs among processes, and a last call with all of them prints every table of the
evaluations, with the mean over seeds and, after ``±``, their standard deviation.
"""

import argparse
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mmcore
from mmcore.aggregators import LearnedPowerMean
from mmcore.config import EvaluationSettings
from mmcore.reporting.record import EvaluationRecord, Table

__all__ = ["MEANS", "main"]

NAMES = "mnist,svhn,text"


def _power(power: float) -> dict[str, Any]:
    return {"dynamic_prior": "power", "dynamic_prior_options": {"power": power}}


MEANS: dict[str, dict[str, Any]] = {
    "geometric": {"dynamic_prior": "geometric"},
    "arithmetic": {"dynamic_prior": "arithmetic"},
    "arithmetic, bound": {"dynamic_prior": "arithmetic", "js": "bound"},
    "power -2": _power(-2.0),
    "power 0": _power(0.0),
    "power 0.5": _power(0.5),
    "power 1": _power(1.0),
    "wasserstein": {"dynamic_prior": "wasserstein"},
    "barycenters": {"dynamic_prior": "barycenters"},
    "hoelder": {"dynamic_prior": "hoelder"},
    "helvae": {"dynamic_prior": "helvae"},
    "moments": {"dynamic_prior": "moments"},
    "learned power": {"dynamic_prior": "learned-power"},
}


def evaluated(mean: str, seed: int, arguments: argparse.Namespace) -> EvaluationRecord:
    """Return the evaluation of a run, which is trained if its folder has none."""
    folder = arguments.out / f"{mean.replace(',', '').replace(' ', '-')}-{seed}"
    if not (folder / "summary.json").is_file():
        mmcore.train(
            *arguments.modalities.split(","),
            out=folder,
            data=arguments.data,
            data_dir=arguments.data_dir,
            steps=arguments.steps,
            seed=seed,
            **MEANS[mean],
        )
    settings = EvaluationSettings(
        rows=arguments.rows, fusion="product", options=_options(arguments)
    )
    record: EvaluationRecord = mmcore.evaluate(folder, settings, arguments.metrics)
    return record


def _options(arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    if arguments.likelihood_rows is None:
        return {}
    few = {"samples": 64, "likelihood_rows": arguments.likelihood_rows}
    return {"likelihood": few, "perplexity": few}


def merged(records: Mapping[str, list[EvaluationRecord]]) -> Iterator[str]:
    """Yield every table in Markdown: a row for each mean and row, with mean and deviation over seeds."""
    tables = {mean: [_by_name(record) for record in each] for mean, each in records.items()}
    names = dict.fromkeys(name for each in tables.values() for one in each for name in one)
    for name in names:
        first = next(one[name] for each in tables.values() for one in each if name in one)
        columns = [column.name for column in first.columns]
        yield f"\n**{name}**\n"
        yield "| " + " | ".join(["dynamic prior", first.row_label, *columns]) + " |"
        yield "| --- " * (len(columns) + 2) + "|"
        for row in first.rows:
            for mean, each in tables.items():
                cells = [_cell(each, name, row, column) for column in columns]
                yield "| " + " | ".join([mean, row, *cells]) + " |"


def _by_name(record: EvaluationRecord) -> dict[str, Table]:
    return {table.name: table for metric in record.metrics.values() for table in metric.tables}


def _cell(tables: list[dict[str, Table]], name: str, row: str, column: str) -> str:
    """Return the mean of a number over the seeds that have it, and their standard deviation."""
    values = []
    for table in (one[name] for one in tables if name in one):
        place = [c.name for c in table.columns].index(column)
        value = table.rows.get(row, (None,) * len(table.columns))[place]
        if value is not None:
            values.append(value)
    if not values:
        return ""
    spread = f" ± {statistics.stdev(values):.2g}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3g}{spread}"


def learned_powers(arguments: argparse.Namespace, seeds: list[int]) -> list[float]:
    """Return the power of each run with a learned one."""
    powers = []
    for seed in seeds:
        model = mmcore.Model.from_pretrained(arguments.out / f"learned-power-{seed}" / "model")
        means = [m for m in model.modules() if isinstance(m, LearnedPowerMean)]
        powers.append(float(means[0].power.detach()))
    return powers


def parsed(given: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Compare dynamic priors of mmJSD.")
    parser.add_argument("--modalities", default=NAMES, help="names, separated by commas")
    parser.add_argument("--data", default="real", choices=("real", "sample"))
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/which-prior"))
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seeds", default="0,1,2", help="separated by commas")
    parser.add_argument("--only", help="means, separated by semicolons; default: all")
    parser.add_argument("--metrics", nargs="*", help="default: all")
    parser.add_argument("--rows", type=int, default=2000, help="held-out samples")
    parser.add_argument("--likelihood-rows", type=int, help="held-out samples for likelihoods")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> None:
    """Train and evaluate the runs that are missing, and print the tables of all."""
    arguments = parsed(given)
    means = arguments.only.split(";") if arguments.only else list(MEANS)
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    # Seed by seed, so that an interrupted study has all means of the first seeds.
    records: dict[str, list[EvaluationRecord]] = {mean: [] for mean in means}
    for seed in seeds:
        for mean in means:
            records[mean].append(evaluated(mean, seed, arguments))
    for line in merged(records):
        print(line)
    if "learned power" in means:
        powers = ", ".join(f"{power:.2f}" for power in learned_powers(arguments, seeds))
        print(f"\nlearned powers, by seed: {powers}")


if __name__ == "__main__":
    main()

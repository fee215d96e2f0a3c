"""The page that compares a reproduced experiment with the published one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mmcore.reporting.claims import checked, checked_as_published
from mmcore.reporting.experiment import Experiment
from mmcore.reporting.pages import render
from mmcore.reporting.published import markdown, side_by_side
from mmcore.reporting.results import Result, Results

__all__ = ["reproduction_page"]


def reproduction_page(
    experiment: Experiment,
    results: Results,
    *,
    command: str,
    date: str,
    settings: Mapping[str, str],
    notes: Sequence[str] = (),
) -> str:
    """Return the page as Markdown.

    Arguments:
        experiment: the experiment.
        results: the evaluated runs.
        command: command that writes the page.
        date: date of the page.
        settings: settings that differ from those of the experiment.
        notes: runs that are not shown, and the reasons.
    """
    return render(
        "reproduction.md.j2",
        experiment=experiment,
        results=results,
        command=command,
        date=date,
        settings=settings,
        notes=notes,
        missing=[m.title for name, m in experiment.models.items() if not results.has(name)],
        kinds=_distinct(results.runs, lambda run: run.record.data),
        data=_distinct(results.runs, _data),
        machines=_distinct(results.runs, _machine),
        versions=_distinct(results.runs, _versions),
        measured=_distinct(results.runs, _measured),
        seeds=_distinct(results.runs, lambda run: str(run.seed)),
        shares=_distinct(results.runs, lambda run: _share(experiment, run)),
        verdicts=[
            (checked(claim, experiment, results), checked_as_published(claim, experiment))
            for claim in experiment.claims
        ],
        tables=[(table, side_by_side(experiment, table, results)) for table in experiment.tables],
        runs=_runs(experiment, results),
        both=len({model.subspaces for model in experiment.models.values()}) > 1,
    )


def _distinct(runs: Iterable[Result], describe: Callable[[Result], str]) -> list[str]:
    return list(dict.fromkeys(describe(run) for run in runs))


def _data(run: Result) -> str:
    items = run.record.data_items.items()
    return "; ".join(f"{name} {n['train']:,} + {n['test']:,} items" for name, n in items)


def _machine(run: Result) -> str:
    host = run.run["host"]
    processes, threads = run.run["processes"], run.run["threads"]
    parts = [
        host["accelerator"],
        f"{host['cores']} cores of {host['processor']}",
        f"{processes} process{'es' if processes > 1 else ''}",
        f"{threads} thread{'s' if threads > 1 else ''} per process",
        run.run["precision"],
    ]
    return ", ".join(filter(None, parts))


def _versions(run: Result) -> str:
    return ", ".join(f"{name} {version}" for name, version in run.run["versions"].items())


def _measured(run: Result) -> str:
    settings, metrics = run.record.settings, run.record.metrics
    parts = [f"{settings.rows:,} held-out samples"]
    if "representation" in metrics:
        rows = metrics["representation"].settings["probe_rows"]
        parts.append(f"probes fitted on {rows:,} training samples")
    if "likelihood" in metrics:
        chosen = metrics["likelihood"].settings
        rows = chosen["likelihood_rows"]
        points = "" if rows is None else f" of {rows:,} data points"
        parts.append(f"likelihood{points} with {chosen['samples']} draws each")
    return ", ".join([*parts, f"seed {settings.seed}"])


def _share(experiment: Experiment, run: Result) -> str:
    return f"{_samples(run) / experiment.samples:.2%}"


def _samples(run: Result) -> int:
    training: Mapping[str, Any] = run.run["training"]
    samples: int = training["steps"] * training["batch_size"]
    return samples


def _runs(experiment: Experiment, results: Results) -> str:
    header = ["model", "seed", "steps", "samples", "share of the paper", "training", "evaluation"]
    rows = [
        [
            experiment.models[run.model].title,
            str(run.seed),
            f"{run.run['training']['steps']:,}",
            f"{_samples(run):,}",
            _share(experiment, run),
            _minutes(run.run["duration_seconds"]),
            _minutes(sum(metric.seconds for metric in run.record.metrics.values())),
        ]
        for run in results.runs
    ]
    return markdown(header, rows)


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f} min"

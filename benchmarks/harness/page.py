"""The page ``docs/benchmarks.md``, from the groups and the file of results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.harness.plan import Case, Comparison, Group
from benchmarks.harness.record import turns_of
from benchmarks.harness.rounds import Spread, Turns, compared

__all__ = ["page", "table"]

INTRODUCTION = """\
# Benchmarks

<!-- not run: takes hours, and builds the environments of the peers -->

    uv run --group bench python -m benchmarks

The command writes this page and `benchmarks/results.json`, which has every turn. mmcore and each peer run
in a process of their own; the command builds the environments of the peers with uv. The cases of a group
are measured in rounds, one turn of each case after the other: A B C A B C. A ratio is that of two turns of
the same round, so that other load on the machine affects both. The tables show the median over the rounds
and, in brackets, the first and the third quartile; with less than four rounds, the extremes.

*A / B* is the speed of A divided by the speed of B; *time of A / B* is the inverse. CPU times depend less
on other load than wall times, but with two threads they count a thread that waits for the other.
"""


def page(groups: Sequence[Group], results: Mapping[str, Any], plots: Mapping[str, str]) -> str:
    """Return the text of the page.

    Arguments:
        groups: in the order of the page.
        results: as `benchmarks.harness.record` writes them.
        plots: by name of a group, the file of its plot relative to the page.
    """
    lines = [INTRODUCTION, *_bars(groups, results), "", *_machine(results)]
    for group in groups:
        own = results["groups"].get(group.name)
        lines += ["", f"## {group.title}", "", group.about, ""]
        if own is None:
            lines.append(f"Not measured; run `python -m benchmarks --only {group.name}`.")
            continue
        lines += _section(group, own, plots.get(group.name))
    return "\n".join(lines) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table; all columns but the first have numbers."""
    return [
        f"| {' | '.join(header)} |",
        f"| --- |{' ---: |' * (len(header) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def number(value: float) -> str:
    """Return a number with three digits, or an integer with separators."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    return f"{value:.{digits}f}"


def shown(spread: Spread) -> str:
    """Return the median with the quartiles."""
    if spread.rounds == 1:
        return number(spread.median)
    return f"{number(spread.median)} ({number(spread.low)} to {number(spread.high)})"


def _bars(groups: Sequence[Group], results: Mapping[str, Any]) -> list[str]:
    rows = [_bar(group, row, results) for group in groups for row in group.comparisons if row.bar]
    about = (
        "A target is about wall times: ratios, unless the row has another unit. *Busy* means that other"
        " programs used the machine (see the load below), so that the verdict is not final; the same number"
        " by CPU time depends less on them. [The causes of missed"
        " targets](../benchmarks/README.md#targets-that-are-missed) are those of a profile."
    )
    header = ("what", "target", "measured", "by CPU time", "met", "group")
    return ["## Targets", "", about, "", *table(header, rows)]


def _bar(group: Group, comparison: Comparison, results: Mapping[str, Any]) -> tuple[str, ...]:
    assert comparison.bar is not None
    name = (comparison.text, str(comparison.bar))
    own = results["groups"].get(group.name)
    turns = _complete(group, turns_of(own)) if own else {}
    measured = compared(comparison, turns) if own else "no result"
    if isinstance(measured, str):
        return *name, f"not measured: {measured}", "", "", f"`--only {group.name}`"
    met = "yes" if comparison.bar.is_met(measured.median) else "**no**"
    busy = ", busy" if max(own["load"], own["load_after"]) > own["cores"] + 1 else ""
    return (
        *name,
        shown(measured),
        _by_cpu(group, comparison, turns),
        met + busy,
        f"`--only {group.name}`",
    )


def _by_cpu(group: Group, comparison: Comparison, turns: Mapping[str, Turns]) -> str:
    if comparison.quantity != "seconds" or not group.has_cpu:
        return ""
    measured = compared(replace(comparison, quantity="cpu"), turns)
    return measured if isinstance(measured, str) else shown(measured)


def _machine(results: Mapping[str, Any]) -> list[str]:
    """Return the hardware, date and load of each measurement, and the versions of all sides."""
    groups = results["groups"]
    machines = {
        f"{own['cores']} cores of {own['processor']}, {own['system']}, "
        f"{'bfloat16 in hardware' if own['bfloat16'] else 'no bfloat16'}, {own['gpu'] or 'no GPU'}"
        for own in groups.values()
    }
    rows = [
        (
            name,
            own["processor"],
            own["date"],
            str(own["rounds"]),
            "short" if own["quick"] else "usual",
            own["data"],
            f"{own['load']} to {own['load_after']}",
        )
        for name, own in groups.items()
    ]
    versions = {
        side: ", ".join(f"{name} {v}" for name, v in packages.items())
        for own in groups.values()
        for side, packages in own["versions"].items()
    }
    return [
        "## Hardware and versions",
        "",
        *(f"{machine}." for machine in sorted(machines)),
        "A load above the number of cores means that other programs used the machine during the measurement.",
        "",
        *table(
            ("group", "processor", "date (UTC)", "rounds", "turns", "data", "load at start to end"),
            rows,
        ),
        "",
        *table(("side", "versions"), list(versions.items())),
    ]


def _section(group: Group, own: Mapping[str, Any], plot: str | None) -> Iterator[str]:
    turns = _complete(group, turns_of(own))
    if group.comparisons:
        yield from table(
            ("comparison", "wall time", "CPU time", "target"),
            [_comparison(group, comparison, turns) for comparison in group.comparisons],
        )
        yield ""
    if plot:
        yield from (f"![{group.title}]({plot})", "")
    # The memory of a process that measures several cases is that of the largest.
    alone = any(case.task in ("fresh", "command") for case in group.cases)
    header = ("case", "threads", "rate per second", "ms per unit", "CPU ms per unit", "GiB")
    rows = [_case(group, case, turns[case.label]) for case in group.cases]
    columns = len(header) if alone else -1
    yield from table(header[:columns], [row[:columns] for row in rows])
    for case in group.cases:
        yield from _operators(case, turns[case.label])


def _comparison(
    group: Group, comparison: Comparison, turns: Mapping[str, Turns]
) -> tuple[str, ...]:
    measured = compared(comparison, turns)
    if isinstance(measured, str):
        cells = (f"not measured: {measured}", "")
    elif comparison.quantity == "seconds":
        cells = (shown(measured), _by_cpu(group, comparison, turns))
    else:
        cells = ("", shown(measured)) if comparison.quantity == "cpu" else (shown(measured), "")
    return comparison.text, *cells, str(comparison.bar or "")


def _case(group: Group, case: Case, turns: Turns) -> tuple[str, ...]:
    name = (case.label, str(case.threads))
    if not turns.replies:
        return *name, turns.failure or "not measured", "", "", ""
    wall, cpu, gib = (
        Spread.of([reply[q] for reply in turns.replies]).median for q in ("seconds", "cpu", "gib")
    )
    return (
        *name,
        f"{number(1 / wall)} {case.unit}",
        number(1e3 * wall),
        number(1e3 * cpu) if group.has_cpu else "",
        number(gib),
    )


def _operators(case: Case, turns: Turns) -> Iterator[str]:
    if not turns.replies or "operators" not in turns.replies[-1]:
        return
    rows = turns.replies[-1]["operators"]
    total = sum(ms for _, ms, _ in rows)
    yield from ("", f"{case.label}:", "")
    yield from table(
        ("operator", "ms per step", "share", "calls"),
        [(f"`{n}`", number(ms), f"{ms / total:.0%}", f"{count:.0f}") for n, ms, count in rows],
    )


def _complete(group: Group, turns: Mapping[str, Turns]) -> dict[str, Turns]:
    """Return the turns of all cases of a group; the file may be of an earlier version of it."""
    return {case.label: turns.get(case.label, Turns([], "not measured")) for case in group.cases}

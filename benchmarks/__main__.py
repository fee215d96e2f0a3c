"""The command ``python -m benchmarks``."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.groups import GROUPS, Scale
from benchmarks.harness import figures, record
from benchmarks.harness.page import page
from benchmarks.harness.plan import Group
from benchmarks.harness.rounds import interleaved
from benchmarks.harness.workers import Sides
from mmcore.errors import listed, nearest

ROOT = Path(__file__).parents[1]
QUICK_ROUNDS, USUAL_ROUNDS = 3, 15
EXAMPLE = "example: python -m benchmarks --only step,missing --rounds 5 --quick"


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure mmcore and its peers in turns, and write benchmarks/results.json and the page"
        " docs/benchmarks.md.",
        epilog=EXAMPLE,
    )
    parser.add_argument(
        "--only", default="", help=f"groups, separated by commas: {', '.join(GROUPS)}"
    )
    parser.add_argument(
        "--rounds", type=int, help="turns of each case (default: 15, with --quick 3)"
    )
    parser.add_argument(
        "--threads",
        type=int,
        nargs="*",
        default=[1, 2],
        help="leave out cases with other numbers of threads (default: 1 2); on a busy machine, two threads"
        " wait for each other most of the time",
    )
    parser.add_argument("--quick", action="store_true", help="short turns, for a first impression")
    parser.add_argument(
        "--data-dir", type=Path, help="folder of real MNIST and SVHN (default: sample)"
    )
    parser.add_argument("--page-only", action="store_true", help="write the page from results.json")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results.json")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="folder of the page")
    options = parser.parse_args(arguments)
    options.names = [name for name in options.only.split(",") if name] or list(GROUPS)
    for name in options.names:
        if name not in GROUPS:
            parser.error(
                f"unknown group '{name}', expected {listed(GROUPS)}{nearest(name, GROUPS)}"
            )
    return options


def main(arguments: list[str]) -> None:
    """Measure the chosen groups, and write the page."""
    options = parsed(arguments)
    folder = str(options.data_dir.resolve()) if options.data_dir else ""
    scale = Scale(options.quick, folder)
    groups = {name: build(scale) for name, build in GROUPS.items()}
    if not options.page_only:
        sides = Sides()
        rounds = options.rounds or (QUICK_ROUNDS if options.quick else USUAL_ROUNDS)
        for name in options.names:
            chosen = [case for case in groups[name].cases if case.threads in options.threads]
            group = replace(groups[name], cases=tuple(chosen))
            measure(group, rounds, sides, scale, options.results)
            sides.forget()
        sides.close()
    results = record.read(options.results)
    shown = list(groups.values())
    text = page(shown, results, figures.draw(shown, results, options.docs))
    (options.docs / "benchmarks.md").write_text(text)
    print(text)


def measure(group: Group, rounds: int, sides: Sides, scale: Scale, path: Path) -> None:
    """Measure a group, and write its results after each round, so that an interrupted one has some."""
    about = record.about_machine()
    about |= {"quick": scale.quick, "data": "real" if scale.folder else "synthetic"}
    for turns in interleaved(group, rounds, sides.ask):
        done = max((len(own.replies) for own in turns.values()), default=0)
        print(f"{group.name}: {done} of {rounds} rounds", file=sys.stderr)
        about |= {"rounds": done, "load_after": record.load(), "versions": sides.versions()}
        record.write(path, record.with_group(record.read(path), group.name, turns, about))


if __name__ == "__main__":
    main(sys.argv[1:])

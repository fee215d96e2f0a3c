"""A study of what keeps the content out of the styles: one run of mmJSD for each remedy.

    uv run python benchmarks/style_remedies.py --data-dir DATA --out runs/styles

Every run is that of the README with subspaces (content 16 + style 4, 4,000 steps, seed 0) except for
what its name says. A run that is finished is not repeated, so that ``--only`` may share the runs among
processes; the last call prints the table of all.
"""

import argparse
from pathlib import Path

import mmcore
from mmcore.config import EvaluationSettings
from mmcore.reporting.record import EvaluationRecord

NAMES = ("mnist", "svhn", "text")
ONE_PRICE = dict.fromkeys(NAMES, 1.0)
PLAIN = {"style_warmup": 0.0, "style_cross_gradient": 1.0, "style_weights": ONE_PRICE}
REMEDIES = {
    "plain": PLAIN,
    "default": {},
    "warm-up": {**PLAIN, "style_warmup": 0.5},
    "warm-up + prices": {"style_cross_gradient": 1.0},
    "warm-up + guard": {"style_weights": ONE_PRICE},
    "prices + guard": {"style_warmup": 0.0},
    "longer warm-up": {**PLAIN, "style_warmup": 0.75},
    "smaller styles": {**PLAIN, "style_dim": 2},
    "dearer styles": {**PLAIN, "beta_style": 6.0},
    "full guard": {"style_cross_gradient": 0.0},
}
BARS = {"text → mnist": 0.90, "mnist → svhn": None, "svhn → mnist": 0.70, "text → svhn": 0.75}
WORD_BAR = 0.75


def trained(name, arguments):
    folder = Path(arguments.out) / name.replace(" ", "-")
    if not (folder / "summary.json").is_file():
        choices = {"content_dim": 16, "style_dim": 4, **REMEDIES[name]}
        mmcore.train(
            *NAMES, out=folder, data="real", data_dir=arguments.data_dir, steps=arguments.steps,
            **choices,
        )  # fmt: skip
    settings = EvaluationSettings(rows=2000)
    return mmcore.evaluate(folder, settings, ["representation", "coherence"])


def tables(record: EvaluationRecord):
    return {table.name: table for metric in record.metrics.values() for table in metric.tables}


def cell(record, table, row, column):
    found = tables(record)[table]
    return found.rows[row][[c.name for c in found.columns].index(column)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", default="runs/styles")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--only", help="names of remedies, separated by commas")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",") if arguments.only else list(REMEDIES)
    records = {name: trained(name, arguments) for name in chosen}
    print("| " + " | ".join(["remedy", *BARS, "word from mnist"]) + " |")
    for name, record in records.items():
        cells = [cell(record, "coherence", *pair.split(" → ")) for pair in BARS]
        cells.append(cell(record, "exact reading", "mnist", "text"))
        print("| " + " | ".join([name, *(f"{value:.2f}" for value in cells)]) + " |")


if __name__ == "__main__":
    main()

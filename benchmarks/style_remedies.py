"""A study of coherence and diversity: one run of mmJSD for each setting of the styles.

    uv run python benchmarks/style_remedies.py --data-dir DATA --out runs/styles

Every run is that of the README with subspaces (content 16 + style 4, 4,000 steps, seed 0) and the published
decoder of svhn, with the setting of its name. A run that is finished is not repeated, so that ``--only`` may
share the runs among processes. Each call appends one line of JSON for each run to ``OUT/results.jsonl``, with
all settings, and prints a table.
"""

import argparse
import json
from pathlib import Path

import mmcore
from mmcore.config import EvaluationSettings

NAMES = ("mnist", "svhn", "text")
PICTURES = NAMES[:2]
ONE_PRICE = dict.fromkeys(NAMES, 1.0)
PUBLISHED_DECODER = {"content_dim": 16, "style_dim": 4, "svhn.tint": False}
PLAIN = {"style_warmup": 0.0, "style_cross_gradient": 1.0, "style_weights": ONE_PRICE}
REMEDIES = {
    "plain": PLAIN,
    "default": {},
    "tint": {"svhn.tint": True},
    "warm-up": {**PLAIN, "style_warmup": 0.5},
    "warm-up + prices": {"style_cross_gradient": 1.0},
    "warm-up + guard": {"style_weights": ONE_PRICE},
    "prices + guard": {"style_warmup": 0.0},
    "longer warm-up": {**PLAIN, "style_warmup": 0.75},
    "smaller styles": {**PLAIN, "style_dim": 2},
    "dearer styles": {**PLAIN, "beta_style": 6.0},
    "full guard": {"style_cross_gradient": 0.0},
    "cheap mnist": {"style_weights": {"mnist": 0.5}},
    "cheap mnist + stronger guard": {"style_weights": {"mnist": 0.5}, "style_cross_gradient": 0.1},
    "cheap mnist + stronger guard + cheap text": {
        "style_weights": {"mnist": 0.6, "text": 3.0},
        "style_cross_gradient": 0.1,
    },
    "less cheap mnist + stronger guard + cheap text": {
        "style_weights": {"mnist": 0.75, "text": 3.0},
        "style_cross_gradient": 0.1,
    },
    "cheap mnist + full guard + cheap text": {
        "style_weights": {"mnist": 0.5, "text": 2.7},
        "style_cross_gradient": 0.0,
    },
    "cheap pictures + full guard": {
        "style_weights": {"mnist": 0.2, "svhn": 0.1},
        "style_cross_gradient": 0.0,
    },
    "sharp pictures": {"mnist.scale": 0.2, "svhn.scale": 0.2},
}
CELLS = {
    "M from T": ("coherence", "coherence", "text", "mnist"),
    "S from M": ("coherence", "coherence", "mnist", "svhn"),
    "M from S": ("coherence", "coherence", "svhn", "mnist"),
    "S from T": ("coherence", "coherence", "text", "svhn"),
    "word from M": ("coherence", "exact reading", "mnist", "text"),
    "probe of S": ("representation", "linear probe", "svhn", "accuracy"),
    "style of M": ("representation", "style probe", "mnist", "accuracy"),
    "style of S": ("representation", "style probe", "svhn", "accuracy"),
    "style of T": ("representation", "style probe", "text", "accuracy"),
}


def trained(name, arguments):
    folder = arguments.out / name.replace(" ", "-")
    if not (folder / "summary.json").is_file():
        choices = {**PUBLISHED_DECODER, "seed": arguments.seed, **REMEDIES[name]}
        mmcore.train(
            *NAMES, out=folder, data="real", data_dir=arguments.data_dir, steps=arguments.steps,
            **choices,
        )  # fmt: skip
    return folder


def measured(folder):
    """Return all numbers of a run by name; spreads are the smallest over the given subsets."""
    settings = EvaluationSettings(rows=2000, options={"coherence": {"compared": ()}})
    record = mmcore.evaluate(folder, settings, ["representation", "coherence", "diversity"])
    numbers = {column: number(record, *place) for column, place in CELLS.items()}
    rows = table(record, "diversity", "diversity").rows
    given = [row for row in rows if "prior" not in row and "real" not in row]
    for name in PICTURES:
        for space in ("values", "features"):
            place = "diversity", "diversity"
            spreads = [number(record, *place, row, f"{name}, {space}") for row in given]
            numbers[f"spread of {name}, {space}"] = min(spreads)
    last = json.loads((folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    return numbers | {key: last[key] for key in last if key.startswith(("nll", "divergence"))}


def table(record, metric, name):
    return next(table for table in record.metrics[metric].tables if table.name == name)


def number(record, metric, name, row, column):
    tabled = table(record, metric, name)
    return tabled.rows[row][[c.name for c in tabled.columns].index(column)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("runs/styles"))
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="names of remedies, separated by commas")
    arguments = parser.parse_args()
    lines = {}
    for name in arguments.only.split(",") if arguments.only else REMEDIES:
        folder = trained(name, arguments)
        settings = {"steps": arguments.steps, "seed": arguments.seed, "options": REMEDIES[name]}
        lines[name] = measured(folder)
        with (arguments.out / "results.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"remedy": name, **settings, **lines[name]}) + "\n")
    columns = [*CELLS, *(f"spread of {name}, values" for name in PICTURES)]
    print("| " + " | ".join(["remedy", *columns]) + " |")
    for name, numbers in lines.items():
        cells = [f"{numbers[column]:.2f}" for column in columns]
        print("| " + " | ".join([name, *cells]) + " |")


if __name__ == "__main__":
    main()

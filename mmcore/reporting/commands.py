"""The commands that repeat a run and its evaluation."""

import json

from mmcore.reporting.record import EvaluationRecord
from mmcore.terminal.escaping import command

__all__ = ["reproduction"]


def reproduction(record: EvaluationRecord) -> list[str]:
    """Return the commands, for a shell in the folder that contains the folder of the run."""
    folder = f"./{record.run}" if record.run.startswith("-") else record.run
    again = f"{folder}-again"
    train = ["mmcore", "train", "--config", f"{folder}/config.yaml", "--out", again]
    return [command(*train), command("mmcore", "evaluate", again, *_options(record))]


def _options(record: EvaluationRecord) -> list[str]:
    settings = record.settings
    options = [
        f"--metrics={','.join(record.metrics)}",
        f"--rows={settings.rows}",
        f"--fusion={settings.fusion}",
        f"--seed={settings.seed}",
    ]
    if settings.subsets:
        options.append(f"--subsets={','.join(settings.subsets)}")
    for metric, own in settings.options.items():
        options += [f"--set={metric}.{name}={json.dumps(value)}" for name, value in own.items()]
    return options

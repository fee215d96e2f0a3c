"""``python -m mmcore``, for launchers such as torchrun."""

from mmcore.cli.main import run

run()

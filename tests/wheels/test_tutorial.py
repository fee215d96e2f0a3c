"""The tutorial, word for word, and its example package, in an environment of their own."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "plugins" / "tutorial.md"


@pytest.mark.slow
def test_every_step_of_the_tutorial(environment, blocks, tmp_path):
    for block in blocks(TUTORIAL):
        if block.file:
            (tmp_path / block.file).write_text(block.text)
        elif block.is_shell:
            for command in block.text.splitlines():
                if command.startswith("uv pip install"):
                    environment.install(*command.split()[3:], cwd=tmp_path)
                else:
                    environment.run(*command.split(), cwd=tmp_path)
        else:
            environment.run("python", "-c", block.text, cwd=tmp_path)


@pytest.mark.slow
def test_the_finished_package_trains_with_mnist(environment, tmp_path):
    environment.install(ROOT / "examples" / "mmcore-signal", cwd=tmp_path)
    options = ["--modalities", "signal,mnist", "--data", "sample", "--steps", "20", "--out", "run"]
    messages = environment.run("mmcore", "train", *options, cwd=tmp_path).stdout
    assert messages.startswith("data: sample")
    assert (tmp_path / "run" / "figures" / "cross_generation.png").is_file()

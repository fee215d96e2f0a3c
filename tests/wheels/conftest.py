"""A fresh virtual environment in which the built wheels are installed, as a user has them."""

import os
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLED = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))


@dataclass(frozen=True)
class Environment:
    """A virtual environment; nothing of this repository can be imported in it."""

    folder: Path

    def run(self, *command, cwd, code=0):
        """Run a command, and return what it said."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MMCORE"))}
        environment = {**kept, "PATH": path, "VIRTUAL_ENV": str(self.folder)}
        done = subprocess.run(
            [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True
        )
        assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def install(self, *what, cwd):
        """Install packages with uv, as of the date that the core's own dependencies have."""
        date = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["exclude-newer"]
        self.run("uv", "pip", "install", "--exclude-newer", date, *what, cwd=cwd)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """The wheels of the core and of every bundled plug-in."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in (ROOT, *BUNDLED):
        command = ["uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(source)]
        subprocess.run(command, check=True)
    return sorted(folder.glob("*.whl"))


@pytest.fixture
def environment(wheels, tmp_path):
    """A fresh environment with all of them, and pytest."""
    built = Environment(tmp_path / "environment")
    subprocess.run(["uv", "venv", "--quiet", str(built.folder)], check=True)
    built.install(*wheels, "pytest", cwd=tmp_path)
    return built

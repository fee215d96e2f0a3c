"""A fresh virtual environment in which the built wheels are installed, as a user has them."""

import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]


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

    def copied(self, folder):
        """Return a copy whose files are hard links: a command that changes a file replaces it."""
        shutil.copytree(self.folder, folder, symlinks=True, copy_function=os.link)
        return Environment(folder)


def built(folder):
    """Return an environment with the wheels of all packages of this repository, and pytest."""
    environment, wheels = Environment(folder / "environment"), folder / "wheels"
    subprocess.run(["uv", "venv", "--quiet", "--relocatable", environment.folder], check=True)
    build = ["uv", "build", "--quiet", "--wheel", "--all-packages", "--out-dir", wheels, ROOT]
    subprocess.run(build, check=True)
    environment.install(*sorted(wheels.glob("*.whl")), "pytest", cwd=folder)
    # Compiles what a training imports, so that no test does it again.
    short = ["--modalities", "mnist,text", "--data", "sample", "--steps", "1", "--out", "run"]
    environment.run("mmcore", "train", *short, cwd=folder)
    return environment


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The environment of all tests of a session, also in several processes."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    complete = folder / "installed"
    with FileLock(folder / "installed.lock"):
        if not complete.exists():
            unfinished = folder / "unfinished"
            unfinished.mkdir()
            built(unfinished)
            unfinished.rename(complete)
    return Environment(complete / "environment")


@pytest.fixture
def environment(installed, tmp_path):
    """A fresh environment with all packages, and pytest."""
    return installed.copied(tmp_path / "environment")

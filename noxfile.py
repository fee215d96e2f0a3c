"""Checks that are repeated in other environments than that of the repository: `uvx nox --session NAME`.

The checks of every change are `.ci/run`; these take longer, and each builds an environment of its own.
"""

from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["tests"]
DATE = nox.project.load_toml()["tool"]["uv"]["exclude-newer"]


def _install(session: nox.Session, *options: str) -> None:
    local = [word for package in sorted(Path("plugins").iterdir()) for word in ("-e", str(package))]
    group = ("--group", "dev", "--exclude-newer", DATE)
    session.install(*options, *group, "-e", ".", *local)


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    """Run the tests with the newest dependencies, on each Python."""
    _install(session)
    session.run("pytest", *session.posargs)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest dependencies that the packages accept; their warnings do not fail."""
    _install(session, "--resolution", "lowest-direct")
    session.run("pytest", "--override-ini=filterwarnings=", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """Build the documentation; warnings are errors."""
    _install(session, "--group", "docs")
    session.run("sphinx-build", "-W", "--keep-going", "docs", "build/site")


@nox.session
def packages(session: nox.Session) -> None:
    """Build the wheels, and repeat the tests of each plug-in with what they install."""
    session.run(".ci/wheels", external=True)

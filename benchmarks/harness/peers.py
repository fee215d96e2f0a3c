"""Environments of the peers, which uv builds once and keeps in the cache folder of mmcore."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from mmcore.storage.files import cache_folder

__all__ = ["PEERS", "Peer", "PeerMissing", "python_of"]


class PeerMissing(Exception):
    """The environment of a peer could not be built; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A library that mmcore is compared with.

    Arguments:
        package: name in the registry.
        version: version that is measured.
        python: version of Python that it needs.
        module: side that measures it.
        same_torch: whether it runs with the version of torch that mmcore has.
    """

    package: str
    version: str
    python: str
    module: str
    same_torch: bool

    @property
    def requirements(self) -> list[str]:
        """What uv installs."""
        torch = [f"torch=={version('torch').split('+')[0]}"] if self.same_torch else []
        return [f"{self.package}=={self.version}", *torch]


PEERS = {
    "MultiVae": Peer("multivae", "1.0.3", "3.11", "benchmarks.sides.multivae_side", True),
    "multi-view-AE": Peer(
        "multiviewae", "1.1.8", "3.10", "benchmarks.sides.multiviewae_side", False
    ),
}


def python_of(peer: Peer) -> Path:
    """Return the Python of the environment of a peer, which is built if it does not exist.

    Raises:
        PeerMissing: uv is not installed, or it cannot get this version of Python or the package.
    """
    folder = cache_folder() / "benchmarks" / f"{peer.package}-{peer.version}-{peer.python}"
    ready = folder / "requirements.txt"
    wanted = "\n".join(peer.requirements)
    if not ready.is_file() or ready.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _uv(folder.parent, "venv", "--no-project", "--python", peer.python, str(folder))
        _uv(
            folder, "pip", "install", "--python", str(folder / "bin" / "python"), *peer.requirements
        )
        ready.write_text(wanted)
    return folder / "bin" / "python"


def _uv(folder: Path, *arguments: str) -> None:
    """Run uv outside of the project, whose settings are not those of the peers."""
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    # uv finds a Python that pyenv has installed only if its folder is in the path.
    versions = sorted(
        Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin")
    )
    path = os.pathsep.join([*map(str, versions), variables.get("PATH", "")])
    try:
        done = subprocess.run(
            ["uv", *arguments],
            cwd=folder,
            env={**variables, "PATH": path} if arguments[0] == "venv" else variables,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise PeerMissing("uv is not installed, see https://docs.astral.sh/uv") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise PeerMissing(f"uv {' '.join(arguments[:2])}: {'; '.join(lines[-2:])[:300]}")

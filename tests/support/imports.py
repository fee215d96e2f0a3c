"""What commands import, in a process of their own."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["check_imports"]

CODE = """
import sys
from mmcore.cli.main import run
for words in {commands!r}:
    sys.argv = ["mmcore", *words]
    try:
        run()
    except SystemExit:
        pass
    loaded = {{*{heavy!r}}} & {{*sys.modules}}
    assert not loaded, f"{{words}} imports {{loaded}}"
"""


def check_imports(commands: Sequence[Sequence[str]], heavy: Sequence[str], folder: Path) -> None:
    """Check that commands, which end with success or an error, import none of the heavy packages.

    One process carries out all commands: most of the time of each would be its start.
    """
    code = CODE.format(commands=commands, heavy=heavy)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr

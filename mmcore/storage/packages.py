"""Files of other installed packages, found without an import of the package."""

from importlib.util import find_spec
from pathlib import Path

from mmcore.errors import MmcoreError

__all__ = ["package_file"]


def package_file(package: str, path: str) -> Path:
    """Return the path of a file, or of a folder, that an installed package contains.

    Arguments:
        package: name of a package without a parent, such as ``sklearn``. It is not imported, because the
            import of a large package takes longer than the reading of its file.
        path: relative to the folder of the package.

    Raises:
        MmcoreError: the package is not installed, or it has no such file.

    Examples:
        >>> package_file("mmcore", "py.typed").name
        'py.typed'
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise MmcoreError(f"'{path}' is a file of the package {package}, which is not installed")
    file = Path(spec.origin).parent / path
    if not file.exists():
        raise MmcoreError(
            f"the installed package {package} has no '{path}'; install another version of it"
        )
    return file

"""The packages of the extra ``demo``; nothing is imported from them before `check_installed`."""

from importlib import import_module

from mmcore.errors import MmcoreError

__all__ = ["check_installed"]


def check_installed() -> None:
    """Check that the packages of the extra are installed.

    Raises:
        MmcoreError: one is not.
    """
    try:
        for name in ("starlette", "uvicorn"):
            import_module(name)
    except ModuleNotFoundError as error:
        raise MmcoreError(
            f"mmcore demo needs the package {error.name}, which is not installed; install it by"
            " pip install 'mmcore[demo]'"
        ) from error

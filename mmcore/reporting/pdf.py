"""Pages as PDF, printed by Chromium or Chrome without a window."""

import os
import shutil
import subprocess
from pathlib import Path

from mmcore.errors import MmcoreError
from mmcore.storage.files import atomic

__all__ = ["find_browser", "write_pdf"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
SECONDS = 120


def find_browser() -> str | None:
    """Return the program of Chromium or Chrome; None if it is not installed."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    return program or (str(MACOS) if MACOS.is_file() else None)


def write_pdf(page: Path, path: Path) -> None:
    """Print a page to a PDF file.

    Arguments:
        page: the HTML file.
        path: the PDF file.

    Raises:
        MmcoreError: no browser is installed, or it fails.
    """
    browser = find_browser()
    if browser is None:
        raise MmcoreError(
            "no browser prints the page: Chromium or Chrome was not found; install it, for example with"
            f" apt-get install chromium, or print '{page}' from another browser"
        )
    with atomic(path) as temporary:
        options = ["--headless", "--disable-gpu", "--no-pdf-header-footer", *_as_root()]
        command = [browser, *options, f"--print-to-pdf={temporary}", page.resolve().as_uri()]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise MmcoreError(
                f"'{browser}' has not printed '{page}' in {SECONDS} seconds; print it from a window"
            ) from error
        if ended.returncode or not temporary.is_file():
            last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
            raise MmcoreError(
                f"'{browser}' has not printed '{page}': {last}; print it from a window"
            )


def _as_root() -> list[str]:
    """Return the option without which Chromium does not start as root, as in a container."""
    return ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []

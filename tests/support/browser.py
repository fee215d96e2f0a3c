"""Chromium without a window, controlled by playwright, for tests of pages."""

import pytest

from mmcore.reporting.pdf import find_browser

pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed, see CONTRIBUTING.md"
)

IN_A_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="Chromium is not installed"),
]
WIDTHS = (360, 768, 1280)
"""Of a phone, a tablet and a screen, in pixels."""

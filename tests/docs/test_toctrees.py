"""Every page of the documentation is in a table of contents of the site."""

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_every_page_is_in_a_table_of_contents():
    listed = {
        (place.parent / line.strip()).with_suffix(".md").resolve()
        for place in [DOCS / "index.md", *DOCS.glob("sections/*.md")]
        for line in place.read_text().splitlines()
        if line.strip() and " " not in line.strip()
    }
    globbed = [DOCS / "reference", DOCS / "_site"]
    pages = {
        page.resolve()
        for page in DOCS.rglob("*.md")
        if page.name != "index.md" and not any(folder in page.parents for folder in globbed)
    }
    assert pages <= listed, sorted(pages - listed)

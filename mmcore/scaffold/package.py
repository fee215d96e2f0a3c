"""Writing a package from templates."""

from importlib.metadata import version
from pathlib import Path

from mmcore.errors import MmcoreError
from mmcore.scaffold.names import PackageNames
from mmcore.storage.files import atomic

__all__ = ["write_package"]

SUFFIX = ".j2"


def write_package(names: PackageNames, folder: Path) -> list[Path]:
    """Write a package to ``folder`` atomically and return its files.

    Raises:
        MmcoreError: the folder exists already or cannot be written.
    """
    if folder.exists():
        raise MmcoreError(f"'{folder}' exists already; choose another folder with --out")
    files = _rendered(names)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with atomic(folder) as temporary:
            for path, text in files.items():
                (temporary / path).parent.mkdir(parents=True, exist_ok=True)
                (temporary / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise MmcoreError(f"'{folder}' cannot be written ({error}); change --out") from error
    return [folder / path for path in sorted(files)]


def _rendered(names: PackageNames) -> dict[str, str]:
    """Return the text of each file by its path in the package."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("mmcore.scaffold"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    files = {}
    for template in templates.list_templates(extensions=[SUFFIX[1:]]):
        part, _, path = template.partition("/")
        if part in ("common", names.kind):
            place = path.removesuffix(SUFFIX).replace("package", names.package)
            text = templates.get_template(template).render(names=names, mmcore=version("mmcore"))
            files[place] = text
    return files

"""``mmcore plugins check``."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mmcore.cli.console import AsJson, show_json, show_text
from mmcore.cli.documents import lenient, plugin_document

if TYPE_CHECKING:
    from mmcore.plugins import Catalogue, Diagnosis, PluginRecord
    from mmcore.testing import Report

__all__ = ["check"]


def check(
    plugin: Annotated[
        str,
        typer.Argument(help="An installed distribution, or a folder such as ./mmcore-my-modality."),
    ],
    slow: Annotated[
        bool,
        typer.Option("--slow", help="Also run the checks that take seconds, such as compiles."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check every component of a plug-in with the conformance kit.

    Exit code 1 if one fails, or if the plug-in cannot be used.

    Example: mmcore plugins check mmcore-table
    """
    from mmcore.plugins import diagnose

    with ExitStack() as imports:
        catalogue, selected = _selected(plugin, imports)
        diagnoses = [_examined(d) for d in diagnose(catalogue.records) if d.record in selected]
        reports = []
        for diagnosis in diagnoses:
            for report in _reports(diagnosis, catalogue, slow):
                reports.append(report)
                show_text(*([] if as_json else [report.text()]))
    offered = [d for d in diagnoses if d.status in ("ok", "clash") and d.record.components]
    ok = offered == diagnoses and all(report.ok for report in reports)
    if as_json:
        plugins = [plugin_document(diagnosis) for diagnosis in diagnoses]
        show_json({"ok": ok, "plugins": plugins, "reports": [r.to_json() for r in reports]})
    else:
        show_text(*(line for d in diagnoses if d not in offered for line in _trouble(d)))
    if not ok:
        raise typer.Exit(1)


def _selected(plugin: str, imports: ExitStack) -> "tuple[Catalogue, list[PluginRecord]]":
    """Return all installed components, and the plug-in that ``plugin`` names."""
    from mmcore.plugins import Catalogue, record_of
    from mmcore.plugins.source import importable, in_folder

    folder = Path(plugin)
    if plugin == folder.name:
        catalogue = Catalogue.discover(lenient())
        if not folder.is_dir() or plugin in [record.distribution for record in catalogue.records]:
            return catalogue, catalogue.plugins(plugin)
    # The folder's code is imported first, so that it goes before an installed version of itself.
    candidates = in_folder(folder)
    imports.enter_context(importable(folder))
    records = [record_of(candidate, lenient()) for candidate in candidates]
    others = [
        record
        for record in Catalogue.discover(lenient()).records
        if record.distribution != records[0].distribution
    ]
    return Catalogue([*records, *others]), records


def _examined(diagnosis: "Diagnosis") -> "Diagnosis":
    from mmcore.plugins import examine
    from mmcore.testing.checks.component import import_changes

    if diagnosis.status in ("ok", "clash"):
        # Before anything else imports the plug-in, while the first import can be watched in this
        # process; what fails here fails again below.
        with suppress(Exception), redirect_stdout(sys.stderr):
            import_changes(diagnosis.record)
    return examine(diagnosis)


def _reports(diagnosis: "Diagnosis", catalogue: "Catalogue", slow: bool) -> "Iterator[Report]":
    if diagnosis.status in ("ok", "clash"):
        from mmcore.testing import run_checks

        distribution = diagnosis.record.distribution
        for spec in diagnosis.record.components:
            # The output of a component is not part of the report.
            with redirect_stdout(sys.stderr):
                name = f"{distribution}:{spec.name}"
                report = run_checks(spec.kind, name, catalogue, slow=slow)
            yield report


def _trouble(diagnosis: "Diagnosis") -> Iterator[str]:
    record = diagnosis.record
    error = diagnosis.error or "it offers no component"
    yield f"{record.distribution} {record.version}: {diagnosis.status}; {error}"
    yield f"  what to do: {diagnosis.remedy or 'let mmcore_components return one'}"

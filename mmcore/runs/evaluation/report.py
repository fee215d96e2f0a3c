"""The report of an evaluated run, written again without measuring anything."""

from pathlib import Path

from mmcore.reporting.pdf import write_pdf
from mmcore.reporting.record import read_record
from mmcore.reporting.report import write_report
from mmcore.runs.folder.files import RunFolder
from mmcore.runs.folder.links import check_links
from mmcore.runs.folder.lock import locked
from mmcore.runs.folder.record import RunRecord
from mmcore.storage.schemas import read_document
from mmcore.storage.versions import RUN

__all__ = ["report"]


def report(path: Path, *, pdf: bool = False) -> list[Path]:
    """Write ``report.html``, and ``report.pdf`` if ``pdf``, from ``evaluation.json``; return the files.

    Arguments:
        path: folder of an evaluated run.
        pdf: whether the page is printed as PDF, too.

    Raises:
        MmcoreError: the run has not been evaluated, a file is damaged, another process uses the folder, or
            no browser prints the page.
    """
    files = RunFolder(path)
    record = read_record(files.evaluation)
    check_links(path)
    with locked(path):
        run = read_document(files.record, RunRecord, RUN).model_dump(mode="json")
        write_report(record, run, files.report, files.figures)
        written = [files.report]
        if pdf:
            write_pdf(files.report, files.pdf)
            written.append(files.pdf)
        files.seal(*written)
    return written

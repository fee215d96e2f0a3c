"""Each check of a format is seen failing: the built-in ones, and rigged ones."""

import pandas as pd
import pytest

from mmcore.data.tables import Format, FrameTable, OpenedTable
from mmcore.data.tables.formats.delimited import Delimited
from mmcore.data.tables.formats.parquet import Parquet
from mmcore.plugins import Catalogue, ComponentSpec, Context
from mmcore.testing import catalogue_of, kit_of, run_checks
from mmcore.testing.checks.component import COMPONENT_CHECKS
from mmcore.testing.checks.format import FormatCase
from mmcore.testing.running import run

CHECKS = kit_of("format").checks
READ_ONLY = ("duckdb", "h5ad", "h5mu", "hdf5", "huggingface", "mtx", "numpy", "sqlite")
CORE = Catalogue.discover({"MMCORE_PLUGINS": "mmcore"})


class Rigged(Format):
    """Parquet, changed by what a subclass says."""

    def __init__(self):
        self.fine = Parquet(None, Context())

    def open(self, path, missing):
        table = self.fine.open(path, missing).table
        frame = pd.concat(list(table.frames(table.names)), ignore_index=True)
        return OpenedTable(FrameTable(self.changed(frame)))

    def write(self, path, frames):
        self.fine.write(path, frames)

    def changed(self, frame):
        return frame


class SortsColumns(Rigged):
    def changed(self, frame):
        return frame[sorted(frame)]


class RenamesColumns(Rigged):
    def changed(self, frame):
        return frame.rename(columns={"with space": "with_space"})


class LowersNames(Rigged):
    def changed(self, frame):
        return frame.rename(columns=str.lower)


class AsciiNames(Rigged):
    def changed(self, frame):
        return frame.rename(columns={"größe": "groesse"})


class NamesAreNested(Rigged):
    def changed(self, frame):
        return frame.rename(columns=lambda name: name.partition(".")[2] or name)


class WritesTheFirstFrame(Rigged):
    def write(self, path, frames):
        frame = next(frames)
        self.fine.write(path, [frame] if list(frame) == ["x"] else [frame, *frames])


class SortsRows(Rigged):
    def changed(self, frame):
        return frame[::-1] if list(frame) == ["x"] else frame


class LosesTheLastRow(Rigged):
    def changed(self, frame):
        return frame[:-1] if list(frame) == ["x"] else frame


class RepeatsTheFirstRow(Rigged):
    def changed(self, frame):
        return pd.concat([frame[:1], frame]) if list(frame) == ["x"] else frame


class HalfPrecision(Rigged):
    def changed(self, frame):
        return frame.assign(float=frame["float"].astype("float32")) if "float" in frame else frame


class SmallIntegers(Rigged):
    def changed(self, frame):
        return frame.assign(integer=frame["integer"] % (1 << 32)) if "integer" in frame else frame


class TwelveDigits(Rigged):
    def changed(self, frame):
        return frame.map(lambda x: float(f"{x:.12g}")) if "float" in frame else frame


class NoTinyNumbers(Rigged):
    def changed(self, frame):
        return frame.replace({-1e-300: 0.0})


class NoBooleans(Rigged):
    def changed(self, frame):
        return frame.assign(boolean=True) if "boolean" in frame else frame


class Strips(Rigged):
    def changed(self, frame):
        return frame.assign(plain=frame["plain"].str.strip()) if "plain" in frame else frame


class LosesLineEnds(Rigged):
    def changed(self, frame):
        return frame.replace("\n", " ", regex=True)


class OtherQuotes(Rigged):
    def changed(self, frame):
        return frame.replace('"', "'", regex=True)


class SplitsAtCommas(Rigged):
    def changed(self, frame):
        return frame.replace({"a,b": "a"})


class Latin(Rigged):
    def changed(self, frame):
        if "plain" not in frame:
            return frame
        plain = [text.encode("latin-1", "replace").decode("latin-1") for text in frame["plain"]]
        return frame.assign(plain=plain)


class IdsAreNumbers(Rigged):
    def changed(self, frame):
        return frame.replace({"001": "1"})


class ReadsExponents(Rigged):
    def changed(self, frame):
        return frame.replace({"1e3": "1000.0"})


class ReadsHexadecimals(Rigged):
    def changed(self, frame):
        return frame.replace({"0x1": "1"})


class FillsTexts(Rigged):
    def changed(self, frame):
        return frame.fillna({"word": ""}) if "word" in frame else frame


class FillsNumbers(Rigged):
    def changed(self, frame):
        return frame.fillna({"number": 0.0}) if "number" in frame else frame


class DropsEmptyRows(Rigged):
    def changed(self, frame):
        return frame.assign(number=None) if "number" in frame else frame


class DropsEmptyColumns(Rigged):
    def changed(self, frame):
        return frame.drop(columns="nothing", errors="ignore")


class OpensAnything(Rigged):
    def open(self, path, missing):
        try:
            return super().open(path, missing)
        except Exception:
            return OpenedTable(FrameTable(pd.DataFrame({"id": ["a"]})))


class RaisesItsOwn(Rigged):
    def open(self, path, missing):
        frame = pd.read_parquet(path)
        return OpenedTable(FrameTable(frame))


RIGGED = {
    SortsColumns: "columns",
    RenamesColumns: "columns",
    LowersNames: "columns",
    AsciiNames: "columns",
    NamesAreNested: "columns",
    WritesTheFirstFrame: "rows",
    LosesTheLastRow: "rows",
    RepeatsTheFirstRow: "rows",
    SortsRows: "rows",
    HalfPrecision: "numbers",
    SmallIntegers: "numbers",
    TwelveDigits: "numbers",
    NoTinyNumbers: "numbers",
    NoBooleans: "numbers",
    Strips: "texts",
    LosesLineEnds: "texts",
    OtherQuotes: "texts",
    SplitsAtCommas: "texts",
    Latin: "texts",
    IdsAreNumbers: "ids-are-texts",
    ReadsExponents: "ids-are-texts",
    ReadsHexadecimals: "ids-are-texts",
    FillsTexts: "missing",
    FillsNumbers: "missing",
    DropsEmptyRows: "missing",
    DropsEmptyColumns: "missing",
    OpensAnything: "damaged",
    RaisesItsOwn: "damaged",
}


@pytest.mark.parametrize("name", CORE.names("format"))
def test_the_formats_of_the_core_keep_every_promise(name):
    report = run_checks("format", name, CORE)
    checked = 6 if name in READ_ONLY else len(CHECKS) - 1
    assert len(report.having("passed")) >= checked, report.text()
    assert report.ok, report.text()


@pytest.mark.parametrize("make", [Rigged, lambda: Delimited(",")])
def test_a_factory_is_checked_too(make):
    report = run("format", "made", CHECKS, lambda: FormatCase(make))
    assert report.ok, report.text()


@pytest.mark.parametrize("make", RIGGED)
def test_one_that_breaks_one_promise_fails_that_check_alone(make):
    report = run("format", make.__name__, CHECKS, lambda: FormatCase(make))
    assert [outcome.check for outcome in report.having("failed")] == [RIGGED[make]], report.text()


@pytest.mark.parametrize("suffixes", [None, "", "csv", ".CSV", ".csv tsv"])
def test_suffixes_are_declared_in_lower_case_and_with_a_dot(suffixes):
    spec = ComponentSpec(
        kind="format",
        name="rigged",
        factory="mmcore.data.tables.formats.parquet:Parquet",
        facts={} if suffixes is None else {"suffixes": suffixes},
    )
    report = run_checks("format", "rigged", catalogue_of(spec))
    assert [outcome.check for outcome in report.having("failed")] == ["declares-suffixes"]


def test_every_check_has_been_seen_failing():
    planned = {check.name for check in CHECKS}
    own = {*RIGGED.values(), "declares-suffixes"}
    assert planned == {check.name for check in COMPONENT_CHECKS} | own

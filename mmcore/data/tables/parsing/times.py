"""Dates and durations as days, and days as dates and durations."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from mmcore.config.parsing import ColumnParse

__all__ = [
    "ISO",
    "WHOLE_DAYS",
    "ZONED",
    "as_days",
    "broken_time",
    "duration_layouts",
    "from_days",
    "has_short_years",
    "is_time",
    "layouts",
    "zoned",
]

ISO = "ISO8601"
CLOCK, DAYS = "H:M:S", "D days"
DATE_LAYOUTS = (
    "%Y-%m-%d",
    ISO,
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y-%m",
    *(
        f"{day}{clock}"
        for clock in ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
        for day in ("%d/%m/%Y", "%m/%d/%Y")
    ),
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%B %d %Y",
)
COMPACT = "%Y%m%d"
"""The layout of declared dates that are numbers otherwise, such as 20200131."""
ISO_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
A_DATE = re.compile(r"\d{1,4}([-./ ])(?:\d{1,2}|[A-Za-z]{3})\1\d{2,4}(?:[T ].*)?")
"""Texts that may be dates in any layout, valid or not."""
A_CLOCK = re.compile(r"-?\d+:\d{2}(?::\d{2}(?:\.\d+)?)?")
A_SPAN = re.compile(r"-?\d+ days?(?:,? \+?\d+:\d{2}:\d{2}(?:\.\d+)?)?")
WHOLE_DAYS, ZONED = "D", "Z"
"""The units of a column of times without hours, minutes and seconds, and of one with time zones."""
MOST = 0.5
"""Share of dates from which a column has dates, and its other cells are mistakes."""
BEGIN = re.compile(r"\d|[A-Za-z]{3,9} \d{1,2},? \d{4}")
ZONE = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
HOURS = re.compile("%[HIMSpfXcTR]")
FARTHEST = 106_751
"""Days from 1970-01-01: pandas has the dates from 1678 to 2261."""
LATE_YEARS = range(2030, 2069)
"""Years of which two digits are more often those of the century before."""


def layouts(texts: Iterable[str], declared: bool = False) -> list[str]:
    """Return the layouts of `strptime` in which all texts are dates, with different ones in each.

    There is more than one if days and months can be confused.

    Arguments:
        texts: the different cells.
        declared: whether numbers such as 20200131 are dates.
    """
    plain = [text.strip() for text in texts]
    if not plain or not all(BEGIN.match(text) and len(text) >= 6 for text in plain):
        return []
    possible = (COMPACT, *DATE_LAYOUTS) if declared else DATE_LAYOUTS
    fitting: dict[bytes, str] = {}
    for layout in possible:
        if _is_date(plain[:1], layout) and _is_date(plain, layout):
            days = as_days(pd.Series(plain, dtype=object), ColumnParse(form="date", layout=layout))
            fitting.setdefault(days.tobytes(), layout)
    names = list(fitting.values())
    return [name for name in names if name == ISO] or names


def has_short_years(texts: Iterable[str], layout: str) -> bool:
    """Return whether years of two digits may be those of this century or of the one before."""
    dates = _dates(pd.Series(list(texts), dtype=object), layout)
    return "%y" in layout and bool(dates.dt.year.isin(LATE_YEARS).any())


def zoned(texts: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the texts with a time zone, and those without one."""
    sides: tuple[list[str], list[str]] = [], []
    for text in texts:
        sides[ZONE.search(text.strip()) is None or ":" not in text].append(text)
    return sides


def duration_layouts(texts: Iterable[str]) -> list[str]:
    """Return ``H:M:S`` or ``D days`` if all texts are durations in this layout."""
    plain = [text.strip() for text in texts]
    forms = {CLOCK: A_CLOCK, DAYS: A_SPAN}
    return [n for n, form in forms.items() if plain and all(map(form.fullmatch, plain))]


def broken_time(texts: Mapping[str, int]) -> tuple[str, str, str] | None:
    """Return ``date`` or ``duration``, an example and a wrong cell, if most cells of a column are times.

    Arguments:
        texts: how many cells have each text; without missing ones.
    """
    cells, counts = list(texts), np.array(list(texts.values()), dtype=float)
    plain = pd.Series([cell.strip() for cell in cells], dtype=object)
    for kind, valid in _valid(plain, counts):
        if not valid.all() and counts[valid].sum() >= MOST * counts.sum():
            return kind, cells[valid.argmax()], cells[valid.argmin()]
    return None


def is_time(cells: pd.Series) -> str | None:
    """Return ``date`` or ``duration`` for a column of times that are no texts, and None otherwise."""
    kind = cells.dtype
    if pd.api.types.is_datetime64_any_dtype(kind):
        return "date"
    return "duration" if pd.api.types.is_timedelta64_dtype(kind) else None


def as_days(cells: pd.Series, parse: ColumnParse) -> np.ndarray:
    """Return dates as days since 1970-01-01, and durations as days; NaN if missing or no such text."""
    if pd.api.types.is_numeric_dtype(cells):
        if not parse.layout:
            return np.full(len(cells), np.nan)
        cells = cells.map(lambda number: f"{number:.15g}", na_action="ignore").astype(object)
    if parse.form == "date":
        days = _days(_dates(cells, parse.layout) - pd.Timestamp(0).as_unit("us"))
        return np.where(np.abs(days) <= FARTHEST, days, np.nan)
    if is_time(cells) is not None:
        return _days(cells)
    texts = cells.astype(object).where(cells.notna(), None)
    texts = texts.map(lambda text: None if text is None else _span(text.strip()))
    return _days(pd.to_timedelta(texts, errors="coerce"))


def from_days(days: np.ndarray, parse: ColumnParse) -> np.ndarray:
    """Return dates or durations: texts in the layout of the column, or times if it has none."""
    is_date = parse.form == "date" and parse.layout not in ("", ISO)
    if parse.unit == WHOLE_DAYS or (is_date and not HOURS.search(parse.layout)):
        days = np.round(days)
    seconds = pd.Series(np.round(days * 86_400))
    spans = pd.to_timedelta(seconds, unit="s")
    if parse.form == "duration":
        return _clocks(spans, parse.layout) if parse.layout else spans.to_numpy()
    dates = pd.Timestamp(0) + spans
    return _written(dates, parse) if parse.layout else dates.to_numpy()


def _dates(cells: pd.Series, layout: str) -> pd.Series:
    if is_time(cells) is None:
        plain = cells.astype(object).where(cells.notna(), None)
        dates = pd.to_datetime(
            plain.map(_stripped), format=layout or ISO, errors="coerce", utc=True
        )
        return dates.dt.tz_localize(None).astype("datetime64[us]")
    known = cells.dt.tz_convert("UTC").dt.tz_localize(None) if cells.dt.tz is not None else cells
    return known.astype("datetime64[us]")  # a date of the year 9999 has no nanoseconds


def _days(spans: pd.Series) -> np.ndarray:
    # pandas computes in nanoseconds, which end in the year 2262, and begins again there.
    micro = spans.to_numpy().astype("timedelta64[us]")
    days: np.ndarray = micro / np.timedelta64(1, "D").astype("timedelta64[us]")
    return days


def _stripped(text: str | None) -> str | None:
    return None if text is None else text.strip()


def _span(text: str) -> str:
    # pandas needs hours, minutes and seconds.
    return f"{text}:00" if text.count(":") == 1 else text.replace("+", "").replace(",", "")


def _is_date(plain: Sequence[str], layout: str) -> bool:
    if layout == ISO and not all(map(ISO_DATE.fullmatch, plain)):
        return False
    dates = pd.to_datetime(pd.Series(plain, dtype=object), format=layout, errors="coerce", utc=True)
    return bool(dates.notna().all())


def _valid(plain: pd.Series, counts: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield which texts are times of each kind, the dates in the layout that most of them have."""
    shaped, *durations = (
        np.array([bool(form.fullmatch(text)) for text in plain], dtype=bool)
        for form in (A_DATE, A_CLOCK, A_SPAN)
    )
    if counts[shaped].sum() >= MOST * counts.sum():
        dates = plain.where(shaped, None)
        each = [_dates(dates, layout).notna().to_numpy() for layout in DATE_LAYOUTS]
        yield "date", max(each, key=np.count_nonzero)
    yield from (("duration", one) for one in durations)


def _written(dates: pd.Series, parse: ColumnParse) -> np.ndarray:
    zone = "Z" if parse.unit == ZONED else ""
    return _texts(
        dates.dt.strftime(f"%Y-%m-%dT%H:%M:%S{zone}" if parse.layout == ISO else parse.layout)
    )


def _clocks(spans: pd.Series, layout: str) -> np.ndarray:
    if layout == DAYS:
        return _texts(spans.astype(str).where(spans.notna()))
    seconds = spans.dt.total_seconds()
    return _texts(seconds.map(_clock, na_action="ignore"))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(abs(seconds)), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def _texts(cells: pd.Series) -> np.ndarray:
    texts: np.ndarray = cells.astype(object).where(cells.notna(), None).to_numpy(dtype=object)
    return texts

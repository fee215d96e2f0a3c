"""Dates and durations as days, and days as dates and durations."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from mmcore.config.parsing import ColumnParse

__all__ = [
    "WHOLE_DAYS",
    "as_days",
    "broken_time",
    "duration_layouts",
    "from_days",
    "is_time",
    "layouts",
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
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d-%b-%Y",
)
ISO_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
A_DATE = re.compile(r"\d{1,4}([-./ ])(?:\d{1,2}|[A-Za-z]{3})\1\d{2,4}(?:[T ].*)?")
"""What may be a date, in any layout; valid or not."""
A_CLOCK = re.compile(r"-?\d+:\d{2}(?::\d{2}(?:\.\d+)?)?")
A_SPAN = re.compile(r"-?\d+ days?(?:,? \+?\d+:\d{2}:\d{2}(?:\.\d+)?)?")
WHOLE_DAYS = "D"
"""The unit of a column of dates and durations without hours, minutes and seconds."""
MOST = 0.5
"""Share of dates from which a column has dates, and its other cells are mistakes."""
DIGIT = re.compile(r"\d")


def layouts(texts: Iterable[str]) -> list[str]:
    """Return the layouts of `strptime` in which all texts are dates.

    There is more than one if days and months can be confused.
    """
    plain = [text.strip() for text in texts]
    if not plain or not all(DIGIT.match(text) and len(text) >= 6 for text in plain):
        return []
    fitting = [layout for layout in DATE_LAYOUTS if _is_date(plain, layout)]
    return fitting[:1] if ISO in fitting else fitting


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
    if parse.form == "date":
        return _days(_dates(cells, parse.layout) - pd.Timestamp(0))
    if is_time(cells) is not None:
        return _days(cells)
    texts = cells.astype(object).where(cells.notna(), None)
    texts = texts.map(lambda text: None if text is None else _span(text.strip()))
    return _days(pd.to_timedelta(texts, errors="coerce"))


def from_days(days: np.ndarray, parse: ColumnParse) -> np.ndarray:
    """Return dates or durations: texts in the layout of the column, or times if it has none."""
    is_date = parse.form == "date" and parse.layout not in ("", ISO) and "%H" not in parse.layout
    if is_date or parse.unit == WHOLE_DAYS:
        days = np.round(days)
    seconds = pd.Series(np.round(days * 86_400))
    spans = pd.to_timedelta(seconds, unit="s")
    if parse.form == "duration":
        return _clocks(spans, parse.layout) if parse.layout else spans.to_numpy()
    dates = pd.Timestamp(0) + spans
    return _written(dates, parse.layout) if parse.layout else dates.to_numpy()


def _dates(cells: pd.Series, layout: str) -> pd.Series:
    if is_time(cells) is None:
        plain = cells.astype(object).where(cells.notna(), None)
        dates = pd.to_datetime(
            plain.map(_stripped), format=layout or ISO, errors="coerce", utc=True
        )
        return dates.dt.tz_localize(None)
    return cells.dt.tz_convert("UTC").dt.tz_localize(None) if cells.dt.tz is not None else cells


def _days(spans: pd.Series) -> np.ndarray:
    return np.array(spans / pd.Timedelta(days=1), dtype=np.float64)


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


def _written(dates: pd.Series, layout: str) -> np.ndarray:
    return _texts(dates.dt.strftime("%Y-%m-%dT%H:%M:%S" if layout == ISO else layout))


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

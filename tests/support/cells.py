"""Small tables with numbers, words and times, and the expected cells, remarks and errors."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from mmcore.plugins import Catalogue

CATALOGUE = Catalogue.discover()
ROWS = 12
IDS = [f"p{n:02d}" for n in range(ROWS)]
THOUSANDS = [734 + 619 * n for n in range(ROWS)]
FRACTION = [f"{n / 8 + 0.05:.2f}" for n in range(ROWS)]


def cycle(*cells):
    """Return the cells again and again, one for each row."""
    return [cells[row % len(cells)] for row in range(ROWS)]


@dataclass(frozen=True)
class Case:
    """A table, and what is expected.

    Arguments:
        columns: cells by column.
        settings: of the modality, in YAML.
        study: further lines of the study file.
        file: name of the file; its suffix is its format.
        read: by column, the cells that the reader gives back.
        remarks: texts in the remarks of the check.
        error: a pattern of the message, if the table is refused.
    """

    columns: dict
    settings: str = ""
    study: str = ""
    file: str = "a.csv"
    read: dict = field(default_factory=dict)
    remarks: tuple = ()
    error: str = ""
    ids: list = field(default_factory=lambda: IDS)
    key: str = "id"


DATES = [datetime(2021, 3, 1) + timedelta(days=n) for n in range(ROWS - 1)]
NUMBERS_AND_TIMES = {
    # -- marks of numbers ----------------------------------------------------------------------------
    "decimal commas beside words with commas": Case(
        {"x": [c.replace(".", ",") for c in FRACTION], "t": cycle("a, b", "c")},
        read={"x": [float(c) for c in FRACTION], "t": cycle("a, b", "c")},
        remarks=("decimal commas",),
    ),
    "thousands beside decimal points": Case(
        {"n": [f"{n:,}" for n in THOUSANDS], "x": FRACTION},
        file="a.tsv",
        read={"n": THOUSANDS},
        remarks=("',' between thousands", "'1,353'"),
    ),
    "points between thousands beside decimal commas": Case(
        {
            "n": [f"{n:,}".replace(",", ".") for n in THOUSANDS],
            "x": [c.replace(".", ",") for c in FRACTION],
        },
        read={"n": THOUSANDS},
    ),
    "three decimals are decimals": Case(
        {"ph": cycle("7.123", "7.345", "6.998", "7.001")},
        read={"ph": cycle(7.123, 7.345, 6.998, 7.001)},
    ),
    "a comma that is a decimal or a thousand": Case(
        {"n": cycle("1,233", "2,850", "734")},
        error=r"'1,233' in column 'n', which is 1\.233 with decimal ',' and 1233 with thousands ','",
    ),
    "a declared mark decides": Case(
        {"n": [f"{n:,}" for n in THOUSANDS]}, "thousands: {n: ','}", read={"n": THOUSANDS}
    ),
    "spaces and apostrophes between thousands": Case(
        {
            "a": [f"{n:,}".replace(",", " ") for n in THOUSANDS],
            "b": [f"{n:,},5".replace(",", "'", 1) if n > 999 else f"{n},5" for n in THOUSANDS],
        },
        read={"a": THOUSANDS, "b": [n + 0.5 for n in THOUSANDS]},
    ),
    # -- codes, words, identifiers -------------------------------------------------------------------
    "codes keep their zeros without being declared": Case(
        {"icd": cycle("0042", "042", "117")}, read={"icd": cycle("0042", "042", "117")}
    ),
    "declared categories are texts": Case(
        {"c": cycle("1.0", "1.00", "2")},
        "types: {c: categorical}",
        read={"c": cycle("1.0", "1.00", "2")},
    ),
    "truths stay as they are written": Case(
        {"t": cycle("TRUE", "FALSE")}, read={"t": cycle("TRUE", "FALSE")}
    ),
    "codes declared as numbers": Case(
        {"n": cycle("007", "011", "150")}, "types: {n: real}", read={"n": cycle(7, 11, 150)}
    ),
    "names of people": Case({"n": [f"Name {k}" for k in IDS]}, error="'n' .* 10 different texts"),
    # -- numbers that are no numbers ------------------------------------------------------------------
    "percentages, limits and dates are named": Case(
        {
            "sat": cycle("95%", "97%"),
            "crp": cycle("<0.5", "<0.7"),
            "size": cycle("3 mm", "4 mm", "5 mm"),
        },
        remarks=("parse: {sat: percent}", "parse: {crp: censored}", "parse: {size: unit}"),
    ),
    "declared percentages and units": Case(
        {"sat": cycle("95%", "97.5 %", "90%"), "c": cycle("1.2e3 mg/L", "900 mg/L", "3 mg/L")},
        "parse: {sat: percent, c: unit}",
        read={"sat": cycle("95%", "97.5%", "90%"), "c": cycle("1200 mg/L", "900 mg/L", "3 mg/L")},
    ),
    "a limit among numbers": Case(
        {"crp": [*FRACTION[:-1], "<0.5"]},
        error=r"'<0\.5' in the numeric column 'crp', row 'p11'.*censored",
    ),
    "a number of 400 digits": Case(
        {"n": [*FRACTION[:-1], "9" * 400]}, error="column 'n', row 'p11'"
    ),
    "integers beyond doubles": Case(
        {"n": [*range(1, ROWS), 2**63 - 1]}, file="a.parquet", error="column 'n', row 'p11'"
    ),
    "lists in a cell": Case(
        {"v": [[1, 2]] * ROWS}, file="a.parquet", error="'v' has cells of the type"
    ),
    # -- times ----------------------------------------------------------------------------------------
    "dates are refused by name": Case(
        {"d": [*DATES, None]},
        file="a.parquet",
        error=r"'d' has cells of the type date: write types: {d: date}",
    ),
    "dates as text are refused by name": Case(
        {"d": cycle("2020-01-31", "2020-03-02")},
        error=r"such as '2020-\d\d-\d\d': write types: {d: date}",
    ),
    "an invalid day among dates is named": Case(
        {"d": [f"2020-02-{n + 19:02d}" for n in range(ROWS)]},
        error=r"'d' has dates such as '2020-02-\d\d', and '2020-02-30', which is no date",
    ),
    "an invalid day among declared dates is named": Case(
        {"d": [f"{n + 19}.02.2020" for n in range(ROWS)]},
        "types: {d: date}",
        error=r"'d' has dates such as .*, and '30.02.2020', which is no date",
    ),
    "a word among durations is named": Case(
        {"d": [f"{n + 1}:30:00" for n in range(ROWS - 2)] + ["later", "later"]},
        error=r"'d' has durations such as .*, and 'later', which is no duration",
    ),
    "dates among other words are words": Case(
        {"d": cycle("2020-01-31", "soon", "later")},
        read={"d": cycle("2020-01-31", "soon", "later")},
    ),
    "declared dates are days and dates again": Case(
        {"d": [*DATES, None]},
        "types: {d: date}",
        file="a.parquet",
        read={"d": [*map(np.datetime64, DATES), np.datetime64("NaT")]},
        remarks=("days since 1970-01-01",),
    ),
    "declared dates as text": Case(
        {"d": cycle("01.02.2020", "13.02.2020", "")},
        "types: {d: date}",
        read={"d": cycle("01.02.2020", "13.02.2020", None)},
    ),
    "days that may be months": Case(
        {"d": cycle("01/02/2020", "05/04/2020")},
        "types: {d: date}",
        error=r"%d/%m/%Y or %m/%d/%Y; write parse",
    ),
    "a declared layout decides": Case(
        {"d": cycle("01/02/2020", "05/04/2020")},
        "types: {d: date}\n    parse: {d: '%d/%m/%Y'}",
        read={"d": cycle("01/02/2020", "05/04/2020")},
    ),
    "declared durations": Case(
        {"t": cycle("1:30:00", "0:45:10", "26:00:05")},
        "types: {t: duration}",
        read={"t": cycle("1:30:00", "0:45:10", "26:00:05")},
    ),
    "dates that begin with a zero are refused by name": Case(
        {"d": cycle("01.02.2020", "13.02.2020", "05.06.2021")},
        error=r"such as '01\.02\.2020': write types: {d: date}",
    ),
    "dates with names of months are refused by name": Case(
        {"d": cycle("May 5, 2021", "Jun 13, 2021")}, error=r"such as 'May 5, 2021': write types"
    ),
    "times of the day are refused by name": Case(
        {"t": cycle("08:30", "09:15", "10:00")}, error=r"'08:30': write types: {t: duration}"
    ),
    "declared dates that are numbers": Case(
        {"d": [f"{date:%Y%m%d}" for date in [*DATES, DATES[0]]]},
        "types: {d: date}",
        read={"d": [f"{date:%Y%m%d}" for date in [*DATES, DATES[0]]]},
    ),
    "declared dates that are numbers of a typed file": Case(
        {"d": [int(f"{date:%Y%m%d}") for date in [*DATES, DATES[0]]]},
        "parse: {d: '%Y%m%d'}",
        file="a.parquet",
        read={"d": [f"{date:%Y%m%d}" for date in [*DATES, DATES[0]]]},
        remarks=("dates are read as days",),
    ),
    "declared dates that are other numbers": Case(
        {"d": [1600000000 + 86400 * n for n in range(ROWS)]},
        "types: {d: date}",
        error="'d' .* is declared a date, .* such as '1600000000'",
    ),
    "numbers that may be dates are named": Case(
        {"d": [f"{date:%Y%m%d}" for date in [*DATES, DATES[0]]]},
        remarks=("types: {d: date} reads days",),
    ),
    "declared dates with hours of twelve": Case(
        {"d": cycle("01/15/2020 03:07 PM", "12/31/2020 12:05 AM")},
        "types: {d: date}",
        read={"d": cycle("01/15/2020 03:07 PM", "12/31/2020 12:05 AM")},
    ),
    "declared dates with a time zone": Case(
        {"d": cycle("2021-03-05T10:00:00+02:00", "2021-03-05T10:00:00Z")},
        "types: {d: date}",
        read={"d": cycle("2021-03-05T08:00:00Z", "2021-03-05T10:00:00Z")},
    ),
    "dates of which some have a time zone": Case(
        {"d": cycle("2021-03-05T10:00:00+02:00", "2021-03-05T10:00:00")},
        "types: {d: date}",
        error="a time zone and '2021-03-05T10:00:00' without one in column 'd'",
    ),
    "years of two digits": Case(
        {"d": cycle("13.01.40", "20.05.71")},
        "types: {d: date}",
        error="'13.01.40' in column 'd', whose years of two digits",
    ),
    "the last day of pandas": Case(
        {"d": [*(date.date() for date in DATES), datetime(9999, 12, 31).date()]},
        "types: {d: date}",
        file="a.parquet",
        error="'9999-12-31 00:00:00' in the column of the form 'date', 'd', row 'p11'",
    ),
    "a date for missing in a typed file": Case(
        {"d": [*(date.date() for date in DATES), datetime(9999, 12, 31).date()]},
        "types: {d: date}",
        study="missing: [9999-12-31]",
        file="a.parquet",
        read={"d": [*map(np.datetime64, DATES), np.datetime64("NaT")]},
        remarks=("'9999-12-31' in 1 cells",),
    ),
}

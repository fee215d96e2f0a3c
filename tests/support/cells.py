"""Tables of a few rows as people have them, what their cells are read as, and what is remarked of them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from mmcore.plugins import Catalogue

CATALOGUE = Catalogue.discover()
ROWS = 12
IDS = [f"p{n:02d}" for n in range(ROWS)]
THOUSANDS = [734 + 619 * n for n in range(ROWS)]
FRACTION = [f"{n / 8 + 0.05:.2f}" for n in range(ROWS)]

GENES = ["TP53", "EGFR", "MYC", "KRAS", "PTEN", "ALK", "BRCA1", "RB1", "VHL", "APC", "MET", "KIT"]


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
CASES = {
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
    # -- what is declared --------------------------------------------------------------------------
    "words of numbers in yaml": Case(
        {"c": cycle("0x10", "1_000", "1.50", "12:30")},
        "levels: {c: [1_000, 12:30, 1.50]}",
        study="missing: [0x10]",
        read={"c": cycle(None, "1_000", "1.50", "12:30")},
    ),
    "names that are numbers in yaml": Case(
        {"1": FRACTION, "2": FRACTION, "z": FRACTION},
        "columns: [1, 2]\n    id: 7",
        study="missing: -9",
        key="7",
        read={"1": [float(c) for c in FRACTION]},
    ),
    "ordered words without levels": Case(
        {"c": cycle("low", "high", "mid")},
        "types: {c: ordered}",
        error=r"'c' .* write their order, lowest first, as levels: {c: \[high, low, mid, ..\]}",
    ),
    "true and false declared as numbers": Case(
        {"c": cycle(True, False)},
        "types: {c: real}",
        file="a.parquet",
        error="'c' has true and false, and is declared real",
    ),
    "a rule that does not exist": Case(
        {"n": FRACTION},
        "parse: {n: percentage}",
        error="parse 'percentage' for column 'n', expected",
    ),
    "a percentage with a comma that is a decimal or a thousand": Case(
        {"n": cycle("1,095%", "5 %", "12%")},
        "parse: {n: percent}",
        error=r"'1,095' in column 'n', which is 1\.095 with decimal ',' and 1095 with thousands ','",
    ),
    "limits with a comma, decided by another column": Case(
        {"n": cycle("<1,095", "1,200", "> 350"), "x": FRACTION},
        "parse: {n: censored}",
        read={
            "n": [
                {"<1,095": "1095", "1,200": "1200", "> 350": "350"}[c]
                for c in cycle("<1,095", "1,200", "> 350")
            ]
        },
    ),
    "prices with points between thousands and a decimal comma": Case(
        {"n": cycle("1.200,5 €", "3,5 €", "2.015 €")},
        "parse: {n: unit}",
        read={"n": cycle("1200,5 €", "3,5 €", "2015 €")},
    ),
    "a declared mark of percentages": Case(
        {"n": cycle("1,500%", "5 %", "12%")},
        "parse: {n: percent}\n    decimal: {n: ','}",
        read={"n": cycle("1,5%", "5%", "12%")},
    ),
    "two units": Case(
        {"n": cycle("5 mg/L", "7 mg/L", "8 mg/L", "5 g/L")},
        "parse: {n: unit}",
        error="'n' .* such as '. mg/L' and '5 g/L'|'5 g/L' and '. mg/L'",
    ),
    "two characters for micro": Case(
        {"n": cycle("5 \N{MICRO SIGN}g", "7 \N{GREEK SMALL LETTER MU}g")},
        "parse: {n: unit}\n    types: {n: real}",
        remarks=("follows the numbers",),
    ),
    "a duration is no unit": Case(
        {"n": cycle("1h30m", "2h30m", "0h30m")}, remarks=("their order and distance are lost",)
    ),
    "prices are categories that begin with numbers": Case(
        {"n": cycle("$95", "$1200", "$7.5")}, remarks=("begin with numbers",)
    ),
    "categories that look alike": Case(
        {"c": cycle("Male", "male ", "female", "fe\N{ZERO WIDTH SPACE}male")},
        remarks=("'Male' and 'male'",),
    ),
    # -- precision ------------------------------------------------------------------------------------
    "seconds since 1970": Case(
        {
            "s": [1_600_000_000 + 7 * n for n in range(ROWS)],
            "jd": [2_459_000 + n / 64 for n in range(ROWS)],
        },
        read={
            "s": [1_600_000_000 + 7 * n for n in range(ROWS)],
            "jd": [2_459_000 + n / 64 for n in range(ROWS)],
        },
    ),
    # -- missing cells --------------------------------------------------------------------------------
    "codes for missing in a typed file": Case(
        {"x": cycle(-999.0, 0.5, 1.5, 2.5)},
        study="missing: [-999]",
        file="a.parquet",
        read={"x": cycle(np.nan, 0.5, 1.5, 2.5)},
        remarks=("'-999' in 3 cells (x 3)",),
    ),
    "codes for missing in single precision": Case(
        {"x": np.array(cycle(-99.9, 0.5, 1.5, 2.75), np.float32)},
        study="missing: [-99.9]",
        file="a.feather",
        read={"x": cycle(np.nan, 0.5, 1.5, 2.75)},
        remarks=("'-99.9' in 3 cells (x 3)",),
    ),
    "levels in half precision": Case(
        {"x": np.array(cycle(-9, 1, 2, 3), np.float16)},
        study="missing: [-9]",
        file="a.parquet",
        read={"x": cycle(None, "1", "2", "3")},
    ),
    "codes for missing among texts and numbers": Case(
        {"x": cycle(-999, 0.5, "n/a", 1.5, 2.75, -0.25)},
        study="missing: [-999, n/a]",
        file="a.xlsx",
        read={"x": cycle(np.nan, 0.5, np.nan, 1.5, 2.75, -0.25)},
        remarks=("'-999' in 2 cells (x 2)", "'n/a' in 2 cells (x 2)"),
    ),
    "codes for missing in another spelling": Case(
        {"x": cycle("-999,0", "0,5", "-999,00", "1,5", "2,75", "-0,25")},
        study="missing: [-999]",
        read={"x": cycle(np.nan, 0.5, np.nan, 1.5, 2.75, -0.25)},
    ),
    "codes for missing in texts of a typed file": Case(
        {"x": cycle("-999", "0.5", "1.5", "2.75")},
        study="missing: [-999.0]",
        file="a.parquet",
        read={"x": cycle(np.nan, 0.5, 1.5, 2.75)},
    ),
    "codes for missing are no leading zeros and no thousands": Case(
        {"c": cycle("09", "9", "1"), "n": [f"{9000 + n:,}" for n in THOUSANDS]},
        "thousands: {n: ','}",
        study="missing: [9, 9734]",
        read={"c": cycle("09", None, "1"), "n": [np.nan, *(9000 + n for n in THOUSANDS[1:])]},
    ),
    "codes for missing never apply to ids": Case(
        {"x": cycle("999", "0.5", "1.5")},
        study="missing: [999]",
        ids=["999", *IDS[1:]],
        read={"x": cycle(None, "0.5", "1.5")},
    ),
    "words of yaml": Case(
        {"x": cycle("yes", "no", "NO")},
        "levels: {x: [no, yes]}",
        study="missing: [NO, -]",
        read={"x": cycle("yes", "no", None)},
    ),
    "None is a category": Case(
        {"f": cycle("None", "NA", "Good")},
        study="keep_na: true",
        read={"f": cycle("None", "NA", "Good")},
    ),
    "no word is missing": Case(
        {"f": cycle("None", "NA", "")}, study="missing: []", read={"f": cycle("None", "NA", None)}
    ),
    "words for missing are counted": Case(
        {"f": cycle("None", "a", "b", "c")}, remarks=("'None' in 3 cells (f 3)", "keep_na")
    ),
    "None in a file with types": Case(
        {"f": cycle("None", "a", "b")}, file="a.parquet", read={"f": cycle("None", "a", "b")}
    ),
    "a column without cells": Case(
        {"x": FRACTION, "crp": [""] * ROWS}, remarks=("without any cell in the training", "'crp'")
    ),
    "marks for missing cells beside few numbers": Case(
        {"n": cycle("-", ".", "1.5", "-", "--", "2.5")}, error="has '-' in the numeric column 'n'"
    ),
    "marks alone are categories": Case(
        {"n": cycle("-", "+", "--")}, read={"n": cycle("-", "+", "--")}
    ),
    "a unit after a thousand, decided by another column": Case(
        {"n": [f"{n:,} mg" for n in THOUSANDS], "x": FRACTION},
        "parse: {n: unit}",
        read={"n": [f"{n} mg" for n in THOUSANDS]},
    ),
    "a level twice": Case(
        {"s": cycle("I", "II")}, "levels: {s: [I, II, I]}", error="'s' .* has the level 'I' twice"
    ),
    "levels that no cell has": Case(
        {"s": cycle("I", "II")}, "levels: {s: [i, ii]}", error="'s' .* none of its levels i, ii"
    ),
    # -- ids ------------------------------------------------------------------------------------------
    "row names without a name": Case(
        {"x": FRACTION},
        key="",
        read={"x": [float(c) for c in FRACTION]},
        remarks=("is read as the id 'id'",),
    ),
    "ids that are fractions": Case(
        {"x": FRACTION}, ids=[f"{n}.0" for n in range(ROWS)], remarks=("id_style: integer",)
    ),
    "ids that differ in spelling only": Case(
        {"x": FRACTION},
        ids=["7", "007", " 7", *IDS[3:]],
        remarks=("' 7' and '007' and '7'", "integer"),
    ),
    "columns that look alike": Case(
        {"Na": FRACTION, "na ": FRACTION[::-1]}, remarks=("the columns 'Na' and 'na ' of a differ",)
    ),
    "samples with barcodes in columns": Case(
        {f"TCGA-{chr(65 + n)}{n % 7}-A0S{chr(90 - n)}": FRACTION for n in range(24)},
        ids=GENES,
        remarks=("may be features", "transpose"),
    ),
    "samples in columns": Case(
        {f"P{n:03d}": FRACTION for n in range(24)},
        ids=GENES,
        remarks=("may be features", "transpose"),
    ),
}

"""Small tables with declared columns, missing cells and unusual ids, and what is expected of them."""

import numpy as np

from support.cells import FRACTION, IDS, ROWS, THOUSANDS, Case, cycle

GENES = ["TP53", "EGFR", "MYC", "KRAS", "PTEN", "ALK", "BRCA1", "RB1", "VHL", "APC", "MET", "KIT"]
DECLARED_AND_MISSING = {
    # -- declarations --------------------------------------------------------------------------
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

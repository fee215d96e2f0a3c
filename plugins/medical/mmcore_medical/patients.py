"""Patients stay on one side of the split."""

import re

from mmcore import MmcoreError
from mmcore.data.tables import Records

PATIENT = re.compile(r"(patient|subject|person)[ _.-]?(id|no|nr|number|key)?|mrn", re.IGNORECASE)


def refuse_unsplit_patients(records: Records) -> None:
    """Refuse a table with a column of patients by which the split is not made.

    A patient with several rows would stand in the training and in the test records. Columns that are
    the id, the label or the group of the split are fine.

    Raises:
        MmcoreError: there is such a column; what stands in it is not repeated.
    """
    for name in records.table.names:
        if name not in records.apart and PATIENT.fullmatch(name.strip()):
            raise MmcoreError(
                f"'{records.source}' has a column '{name}', and the split is not made by it, so that a"
                f" patient could stand on both sides; set split: {{by: {name}}} in the study file, or take"
                " the column out of the file"
            )

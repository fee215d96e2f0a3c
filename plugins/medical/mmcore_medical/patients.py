"""Checks that the records of a patient are in one split only."""

import re

from mmcore import MmcoreError
from mmcore.data.tables import Records

PATIENT = re.compile(r"(patient|subject|person)[ _.-]?(id|no|nr|number|key)?|mrn", re.IGNORECASE)


def refuse_unsplit_patients(records: Records) -> None:
    """Refuse a table with a column of patients that does not define the split.

    Otherwise, the training and the test records can contain rows of the same patient. A column that is
    the id, the label or the group of the split is accepted.

    Raises:
        MmcoreError: the table has such a column; the message contains none of its values.
    """
    for name in records.table.names:
        if name not in records.apart and PATIENT.fullmatch(name.strip()):
            raise MmcoreError(
                f"'{records.source}' has a column '{name}' that does not define the split, so that a"
                f" patient can be in training and in test; set split: {{by: {name}}} in the study file, or"
                " remove the column from the file"
            )

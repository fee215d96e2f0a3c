"""Values of the modalities of a trained model in JSON, for `mmcore serve` and `mmcore demo`."""

from mmcore.jsonvalues.base import ValueForm, object_type
from mmcore.jsonvalues.cells import CellsForm, plain_cells
from mmcore.jsonvalues.forms import forms_of
from mmcore.jsonvalues.numbers import NumbersForm
from mmcore.jsonvalues.pictures import PictureForm
from mmcore.jsonvalues.records import record_type, records_data
from mmcore.jsonvalues.texts import TextForm

__all__ = [
    "CellsForm",
    "NumbersForm",
    "PictureForm",
    "TextForm",
    "ValueForm",
    "forms_of",
    "object_type",
    "plain_cells",
    "record_type",
    "records_data",
]

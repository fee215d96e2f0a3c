"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modalities ``radiograph``, ``report``, ``labs``, ``omics`` and ``ecg``."""
    return [
        ComponentSpec(
            kind="modality",
            name="radiograph",
            factory="mmcore_medical.radiograph.modality:Radiograph",
            settings="mmcore_medical.radiograph.settings:RadiographSettings",
            reader="mmcore_medical.radiograph.reader:RadiographReader",
            summary="radiographs from DICOM, PNG or JPEG files, grayscale",
            example={"size": 8, "features": 4},
            facts={"reads folders of": ".dcm .dicom"},
        ),
        ComponentSpec(
            kind="modality",
            name="report",
            factory="mmcore_medical.report.modality:report",
            settings="mmcore_medical.report.settings:ReportSettings",
            reader="mmcore_medical.report.reader:report_reader",
            summary="clinical free text, as words or characters",
            example={"symbols": ["a", "b", "c"], "length": 11, "width": 4},
        ),
        ComponentSpec(
            kind="modality",
            name="labs",
            factory="mmcore_medical.tables:Table",
            settings="mmcore_medical.tables_settings:TableSettings",
            reader="mmcore_medical.tables:labs_reader",
            summary="laboratory values: a table with Student-t likelihoods of real columns",
            example={"fitted": [{"name": "a", "kind": "student"}], "width": 8},
        ),
        ComponentSpec(
            kind="modality",
            name="omics",
            factory="mmcore_medical.tables:Table",
            settings="mmcore_medical.tables_settings:TableSettings",
            reader="mmcore_medical.tables:omics_reader",
            summary="many measurements of a sample: a table with Gaussian likelihoods of real columns",
            example={"fitted": [{"name": "a", "kind": "real", "scale": 3.0}], "width": 8},
        ),
        ComponentSpec(
            kind="modality",
            name="ecg",
            factory="mmcore_medical.ecg.modality:Ecg",
            settings="mmcore_medical.ecg.settings:EcgSettings",
            reader="mmcore_medical.ecg.reader:EcgReader",
            summary="electrocardiograms and other signals with several leads, from WFDB, EDF or CSV files",
            example={"length": 19, "features": 2, "fitted": [{"name": "I"}, {"name": "II"}]},
            facts={"reads folders of": ".hea .edf .bdf"},
        ),
    ]

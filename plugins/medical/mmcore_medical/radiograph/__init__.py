"""Radiographs: DICOM, PNG or JPEG."""

"""Digit words as a modality of mmcore."""

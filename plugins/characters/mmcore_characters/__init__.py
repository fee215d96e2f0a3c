"""Texts by character as a modality of mmcore."""

"""Texts as sequences of characters, a modality of mmcore."""

"""The names of digits as a modality of mmcore."""

"""Tables of mixed columns as a modality of mmcore."""

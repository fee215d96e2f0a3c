"""Tables with columns of different types as a modality of mmcore."""

"""Street View House Numbers as a modality of mmcore."""

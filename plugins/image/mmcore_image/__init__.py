"""Images from files as a modality of mmcore."""

"""The modality ``signal`` for mmcore."""

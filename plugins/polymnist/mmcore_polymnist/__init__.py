"""PolyMNIST, five modalities of mmcore."""

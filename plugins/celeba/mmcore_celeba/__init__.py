"""CelebA's faces and their attributes in words, two modalities of mmcore."""

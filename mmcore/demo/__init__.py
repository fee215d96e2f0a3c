"""`mmcore demo`: a page on this machine, to try a trained model."""

"""`mmcore demo`: a page on this machine, on which a visitor tries a trained model."""

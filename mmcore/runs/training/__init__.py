"""Training in the folder of a run: new, resumed, extended, or an ensemble."""

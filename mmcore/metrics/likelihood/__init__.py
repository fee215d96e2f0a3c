"""Likelihoods, perplexity and information."""

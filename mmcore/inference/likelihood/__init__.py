"""Likelihoods of records, by importance sampling."""

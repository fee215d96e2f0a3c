"""Representations of records: batches, posteriors, subsets of modalities, and the aggregate posterior."""

"""Explanation: variance, features, covariates and differences between groups."""

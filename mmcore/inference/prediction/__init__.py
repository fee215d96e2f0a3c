"""Predictions of missing values: draws, intervals and their calibration."""

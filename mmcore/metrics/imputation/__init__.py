"""Imputation: errors beside baselines, and calibration."""

"""Survival: hazards, concordance and curves."""

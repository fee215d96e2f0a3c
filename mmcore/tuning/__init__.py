"""The search of settings of a study by cross-validation over its training records."""

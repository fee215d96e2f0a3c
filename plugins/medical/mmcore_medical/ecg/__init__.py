"""Electrocardiograms and other signals with several leads."""

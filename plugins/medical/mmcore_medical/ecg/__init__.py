"""Electrocardiograms and other signals of several leads."""

"""Figures of images, losses and tables."""

"""Explanations: what each modality, dimension and cell contributes."""

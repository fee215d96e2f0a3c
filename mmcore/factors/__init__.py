"""Factor analysis of the numbers of all modalities, the linear model with which a training starts."""

from mmcore.factors.analysis import Factors, factor_analysis
from mmcore.factors.choice import Choice, choose
from mmcore.factors.ridge import ridge_factors, ridge_scores

__all__ = ["Choice", "Factors", "choose", "factor_analysis", "ridge_factors", "ridge_scores"]

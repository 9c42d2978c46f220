"""Calibration: history matching in waves, then approximate Bayesian computation in what is not ruled out."""

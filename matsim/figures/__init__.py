"""Figures: Plotly, pure functions of declared tables. They never import the model."""

from matsim.figures.base import Figure

__all__ = ["Figure"]

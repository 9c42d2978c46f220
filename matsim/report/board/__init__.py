"""The report of a board pack, from its stored tables."""

from matsim.report.board.pages import page, summary

__all__ = ["page", "summary"]

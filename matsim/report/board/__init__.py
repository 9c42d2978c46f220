"""The report of a board pack, from its stored tables."""

from matsim.report.board.pages import opening, page, summary

__all__ = ["opening", "page", "summary"]

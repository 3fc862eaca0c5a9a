"""Move pages and headings freely: every address a documentation site ever published keeps answering."""

__version__ = "0.1.0"

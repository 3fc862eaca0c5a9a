"""Texts read with positions and edited in place, one reader a format."""

"""Measure Unbroken against its peers, side by side: `python -m scripts.bench WHAT`."""

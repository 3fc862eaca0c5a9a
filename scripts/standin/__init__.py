"""A stand-in for AI Gateway: it keeps to the documented contract, and no model answers."""

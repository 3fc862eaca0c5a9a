"""Addresses, redirects and what they ask of a site: pure, without a disk."""

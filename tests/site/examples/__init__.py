"""Tests of the examples on the AI Gateway pages."""

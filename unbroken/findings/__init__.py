"""What can be wrong: each code, and the finding that names it at one place."""

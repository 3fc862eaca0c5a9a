"""The promise tested on a built site and on a running server, and reported."""

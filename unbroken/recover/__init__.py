"""What git history says of addresses that are lost."""

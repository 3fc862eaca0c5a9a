"""Set Unbroken up on a site that has never heard of it: decide what to add, show it, add all or nothing.

What it adds is the plugin, the ledger, git's way to merge the ledger, and a check for each change. It edits
only what it can edit safely in place; the rest it prints for the author.
"""

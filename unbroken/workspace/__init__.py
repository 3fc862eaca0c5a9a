"""One site's files on the disk: configuration, sources, built site, ledger, git, transactions."""

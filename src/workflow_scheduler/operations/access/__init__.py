"""Who may do what: accounts, tokens, the secret of a home, and the record of who asked for what."""

"""Access control: accounts, tokens, the home's secret, and the audit log."""

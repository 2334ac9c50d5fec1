"""Who is told of what: channels, rules, messages and acknowledgements."""

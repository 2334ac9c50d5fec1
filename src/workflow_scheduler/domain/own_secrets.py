"""The scheduler's own secrets. Every command knows them, so they are apart from the secrets of tasks, which few need."""

__all__ = ["OWN_SECRETS"]

OWN_SECRETS = frozenset({"DB_URL", "TLS_KEY", "NOTIFY", "SMTP_PASSWORD", "WATCH_URL"})
"""The variables that no script and no program gets."""

"""How an attempt is run: on this machine, or wherever another executor takes it."""

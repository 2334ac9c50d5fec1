"""Operating-system processes: keepers that own an attempt's command and outlive the engine."""

"""Says what became of the night: of every due time, and of what people should know before anybody asks."""

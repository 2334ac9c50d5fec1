"""When schedules fire: specs, triggers, and what they mean in words."""

"""The brokers and their phones, played."""

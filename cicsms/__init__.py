"""SMS server between brokers and people, with the brokers' emulator and a conformance suite."""

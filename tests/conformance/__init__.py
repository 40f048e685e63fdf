"""Tests of the conformance suite; ``world`` holds a server and an emulator in memory that can be sabotaged by name."""

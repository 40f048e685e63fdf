"""The three ways."""

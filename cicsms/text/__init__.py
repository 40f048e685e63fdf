"""Alphabets, counting and parts of a text."""

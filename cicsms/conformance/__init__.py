"""Numbered cases, end to end, and what they report."""

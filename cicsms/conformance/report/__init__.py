"""Renderings of a report: terminal, JSON, HTML. They read the report value and nothing else."""

"""Broker definitions: the language, its compiler, signatures, evidence and the catalogue."""

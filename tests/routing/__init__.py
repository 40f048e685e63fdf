"""Tests of the inbound and outbound routing."""

"""Tests of the rules across settings."""

"""Tests of the site and configuration files."""

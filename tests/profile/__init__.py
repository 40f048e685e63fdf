"""Tests of the profile room."""

"""What the administrator sees: the API."""

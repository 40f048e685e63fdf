"""The server: the only place where its rooms meet."""

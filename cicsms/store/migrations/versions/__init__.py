"""One step a file; the files' names begin with their numbers."""

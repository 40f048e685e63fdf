"""Let ``python -m cicsms`` be the command line."""

"""The cases, one file a group; each is a value made by the ``case`` decorator."""

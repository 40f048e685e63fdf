"""The wheel as a stranger installs it."""

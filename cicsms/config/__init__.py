"""The site file and the configuration document, read and ruled as a whole."""

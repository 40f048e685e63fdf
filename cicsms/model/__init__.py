"""The words of the house as values: wire, messages, states, settings and errors. Pure: no Twisted, no network, no clock."""

"""The network: broker-facing ports, the sender, and one TLS policy for both."""

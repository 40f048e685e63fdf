"""What is durable: schema, journal, queries and migrations."""

"""The three ways: inbound messages, outbound messages, receipts."""

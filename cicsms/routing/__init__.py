"""Which destination an inbound message gets, and which broker an outbound one."""

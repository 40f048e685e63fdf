"""Certificate chains: made for development, judged before go-live."""

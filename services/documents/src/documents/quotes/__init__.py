"""The PDF of a quote: made when it is sent, exactly once."""

"""Who belongs to which case: what other services' events say, for deciding who sees a document."""

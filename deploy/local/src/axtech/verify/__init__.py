"""The consistency checker: what one service did must be known to every other that lives by it. It only reads."""

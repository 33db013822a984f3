"""What providers report of messages they took: delivered, sent back, refused, complained of."""

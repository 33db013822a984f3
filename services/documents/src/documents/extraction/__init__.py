"""What a clean document says: read by a process of its own, proposed to staff, never decided."""

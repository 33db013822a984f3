"""The fault suite: programs are killed, paused and robbed under load, and what clients were told must still be true."""

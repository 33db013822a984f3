"""Staff's profiles and invitations."""

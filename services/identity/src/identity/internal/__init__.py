"""What other services ask of identity: `docs/internal-api.md`."""

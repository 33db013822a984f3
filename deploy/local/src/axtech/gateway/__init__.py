"""The gateway of the local stack: Traefik, configured from `deploy/gateway/routes.toml`."""

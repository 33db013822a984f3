"""A certified billing software as Infimax is taken to be; the contract is `billing/gateways/infimax.openapi.json`."""

from axtech.simulators.billing_gateway.app import create_app

__all__ = ["create_app"]

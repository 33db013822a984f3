"""A certified billing software as Infimax, and beside it as Vega, is taken to be.

The contracts are `billing/gateways/infimax.openapi.json` and `billing/gateways/vega.openapi.json`.
"""

from axtech.simulators.billing_gateway.app import create_app

__all__ = ["create_app"]

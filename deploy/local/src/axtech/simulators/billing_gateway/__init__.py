"""A certified billing software as Infimax, Vega and LGPI are taken to be, all over the same claims.

The contracts are `infimax.openapi.json`, `vega.openapi.json` and `lgpi.schema.json` in `billing/gateways`.
"""

from axtech.simulators.billing_gateway.app import create_app

__all__ = ["create_app"]

"""`python -m axtech.simulators.billing_gateway --port P --data DIR`."""

from pathlib import Path

from axtech.simulators.billing_gateway.app import create_app
from axtech.simulators.serving import arguments, serve
from axtech.variables import secret


def main() -> None:
    parser = arguments("billing_gateway")
    parser.add_argument("--accept-after", type=float, default=3.0, help="seconds until a claim is accepted by itself")
    parser.add_argument("--lgpi", type=Path, help="folder in which to do what LGPI would")
    options = parser.parse_args()
    app = create_app(
        options.data,
        api_key=secret("BILLING_GATEWAY_API_KEY"),
        vega_key=secret("VEGA_GATEWAY_API_KEY"),
        accept_after=options.accept_after,
        lgpi=options.lgpi,
    )
    serve(app, options)


if __name__ == "__main__":
    main()

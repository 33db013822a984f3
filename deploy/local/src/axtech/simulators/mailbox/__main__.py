"""`python -m axtech.simulators.mailbox --port P --data DIR`."""

from axtech.simulators.mailbox.app import Credentials, create_app
from axtech.simulators.mailbox.webhooks import WebhookSettings
from axtech.simulators.serving import arguments, serve
from axtech.variables import secret


def main() -> None:
    parser = arguments("mailbox")
    parser.add_argument("--brevo-webhook-url", help="where delivery events of mails are sent; nowhere by default")
    parser.add_argument("--webhook-delay", type=float, default=0.2, help="seconds from sending to delivery")
    options = parser.parse_args()
    credentials = Credentials(
        brevo_api_key=secret("BREVO_API_KEY"),
        twilio_account_sid=secret("TWILIO_ACCOUNT_SID"),
        twilio_auth_token=secret("TWILIO_AUTH_TOKEN"),
    )
    webhooks = WebhookSettings(
        brevo_url=options.brevo_webhook_url,
        brevo_token=secret("BREVO_WEBHOOK_TOKEN"),
        twilio_auth_token=credentials.twilio_auth_token,
        delay=options.webhook_delay,
    )
    serve(create_app(options.data, credentials, webhooks), options)


if __name__ == "__main__":
    main()

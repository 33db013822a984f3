"""Stand-ins for the outside world on one machine: the billing software and the mail and text message providers."""

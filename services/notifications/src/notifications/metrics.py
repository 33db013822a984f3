"""What is counted of notifications, beside what every service counts."""

from prometheus_client import Counter, Histogram

NOTIFICATIONS = Counter("notifications_total", "What became of notifications", ["channel", "status"])
PROVIDER_CALLS = Counter("notification_provider_calls_total", "Messages offered to providers", ["provider", "outcome"])
HANDED_OVER = Histogram(
    "notification_handed_over_seconds",
    "From the making of a notification to a provider's taking it",
    ["channel"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600),
)

"""Prometheus metrics: those of section 10.2, and those of the messaging."""

from prometheus_client import Counter, Gauge, Histogram

HTTP_REQUESTS = Counter("http_requests_total", "HTTP requests answered", ["method", "path", "status"])
HTTP_DURATION = Histogram(
    "http_request_duration_seconds",
    "Time to answer an HTTP request",
    ["method", "path"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0),
)
JOBS = Counter("job_processed_total", "Jobs taken from a queue", ["queue", "status"])
EVENTS = Counter("events_consumed_total", "Events a consumer finished with", ["consumer", "outcome"])
RELAYED = Counter("outbox_relayed_total", "Outbox rows acknowledged by JetStream")
RELAY_FAILURES = Counter("outbox_relay_failures_total", "Times the relay had to start over")
OUTBOX_ROWS = Gauge("outbox_rows", "Rows waiting in the outbox")
OUTBOX_AGE = Gauge("outbox_oldest_seconds", "Age of the oldest row waiting in the outbox")
DEAD_LETTERS = Counter("dead_letters_total", "Messages moved to dead_letters", ["consumer", "reason"])
CONSUMER_LAG = Gauge("consumer_pending", "Messages a durable has yet to deliver", ["consumer", "stream"])
RATE_LIMIT_FAILURES = Counter("rate_limit_store_failures_total", "Rate limit checks that could not reach their store")

"""Where a process sends its traces, set up once when it starts."""

from collections.abc import Iterator
from contextlib import contextmanager

from common.settings import Settings
from common.telemetry import traces


@contextmanager
def exporting(service: str, settings: Settings) -> Iterator[None]:
    """Send spans by OTLP inside the block, the last of them at its end; nothing where no endpoint is set."""
    endpoint = settings.otel_exporter_otlp_endpoint
    if endpoint is None:
        yield
        return
    # Loaded by who needs it: 200 ms and 10 MB.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON  # noqa: PLC0415

    from common.telemetry.sampling import Sampling  # noqa: PLC0415

    about = {"service.namespace": "axtech", "service.name": service, "deployment.environment.name": settings.axtech_env}
    provider = TracerProvider(ALWAYS_ON, Resource.create(about))
    sending = BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=5))
    provider.add_span_processor(Sampling(sending, settings.otel_traces_sampler_arg))
    traces.use(provider.get_tracer("axtech"))
    try:
        yield
    finally:
        traces.use(None)
        provider.shutdown()

"""Which spans are sent: of one trace in so many all, of every other only those around what failed or took long.

The choice by a trace's id is the same in every process, so a chosen trace is whole. Of a trace that is not chosen a
process holds back the spans of what it is doing until that has ended, and sends them if any failed, or if it took
longer than `SLOW_SECONDS`; from then on it sends all of that trace (docs/decisions/0007).
"""

from collections import OrderedDict, deque
from threading import Lock

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import StatusCode

SLOW_SECONDS = 2.0
"""How long a request or a handler may take before its trace is worth a look."""
_HELD = 256
"""Spans that are held back of one request or handler: the last ones."""
_REMEMBERED = 10_000
"""Traces whose later spans are sent because of an earlier one."""


class Sampling(SpanProcessor):
    """Hands the spans worth sending to `following`; `ratio` (0 to 1) of all traces whole."""

    def __init__(self, following: SpanProcessor, ratio: float) -> None:
        self._following = following
        self._bound = TraceIdRatioBased.get_bound_for_rate(ratio)
        self._root_of: dict[int, int] = {}
        self._held: dict[int, deque[ReadableSpan]] = {}
        self._worth: OrderedDict[int, None] = OrderedDict()
        self._lock = Lock()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Note what the span is a part of: the request or handler that this process began."""
        self._following.on_start(span, parent_context)
        own = span.context.span_id
        with self._lock:
            self._root_of[own] = self._root_of.get(span.parent.span_id, own) if span.parent else own

    def on_end(self, span: ReadableSpan) -> None:
        """Send it, or hold it back until what it is a part of has ended."""
        if span.context is None:  # only one made without a tracer
            return
        with self._lock:
            sent = self._sent(span, span.context.trace_id, span.context.span_id)
        for each in sent:
            self._following.on_end(each)

    def _sent(self, span: ReadableSpan, trace_id: int, own: int) -> list[ReadableSpan]:
        """What may be sent now that `span` has ended."""
        root = self._root_of.pop(own, own)
        if self._is_chosen(trace_id):
            return [span]
        held = self._held.setdefault(root, deque(maxlen=_HELD))
        held.append(span)
        if span.status.status_code is StatusCode.ERROR or _seconds(span) > SLOW_SECONDS:
            self._worth[trace_id] = None
            if len(self._worth) > _REMEMBERED:
                self._worth.popitem(last=False)
        is_worth = trace_id in self._worth
        if is_worth or root not in self._root_of:
            del self._held[root]
        return list(held) if is_worth else []

    def _is_chosen(self, trace_id: int) -> bool:
        return trace_id & TraceIdRatioBased.TRACE_ID_LIMIT < self._bound

    def shutdown(self) -> None:
        """Send what was handed on."""
        self._following.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what was handed on, now."""
        return self._following.force_flush(timeout_millis)


def _seconds(span: ReadableSpan) -> float:
    return ((span.end_time or 0) - (span.start_time or 0)) / 1e9

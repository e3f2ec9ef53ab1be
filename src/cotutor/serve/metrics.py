"""Counts in Prometheus's text format (version 0.0.4)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)


class Metrics:
    """What has happened since the server began; counted on the thread of the event loop."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.tokens: Counter[str] = Counter()
        self.abandoned = 0
        self.loads = 0
        self._spans = [0] * (len(_SECONDS) + 1)
        self._total = 0.0

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request and its time."""
        self.requests[route, status] += 1
        self._spans[bisect_left(_SECONDS, seconds)] += 1
        self._total += seconds

    def text(
        self, gauges: Iterable[tuple[str, str, int]], versions: Iterable[tuple[str, str]]
    ) -> str:
        """Return all counts, and what holds now.

        `gauges` are names, what they tell, and values; `versions` names and fingerprints.
        """
        lines = [
            *_family("requests_total", "counter", "Requests answered, by route and status."),
            *(
                f'cotutor_requests_total{{route="{route}",status="{status}"}} {n}'
                for (route, status), n in sorted(self.requests.items())
            ),
            *_family("tokens_total", "counter", "Tokens read and written."),
            *(f'cotutor_tokens_total{{kind="{k}"}} {n}' for k, n in sorted(self.tokens.items())),
            *_one("abandoned_total", "counter", "Requests whose client hung up.", self.abandoned),
            *_one("loads_total", "counter", "Students loaded while serving.", self.loads),
            *(line for name, told, n in gauges for line in _one(name, "gauge", told, n)),
            *self._histogram(),
            *_family("model_version", "gauge", "The version that a model's name stands for."),
            *(
                f'cotutor_model_version{{model="{_escaped(name)}",version="{_escaped(version)}"}} 1'
                for name, version in versions
            ),
        ]
        return "\n".join(lines) + "\n"

    def _histogram(self) -> list[str]:
        lines = _family("request_seconds", "histogram", "Seconds from request to answer.")
        total = 0
        for bound, n in zip((*map(str, _SECONDS), "+Inf"), self._spans, strict=True):
            total += n
            lines.append(f'cotutor_request_seconds_bucket{{le="{bound}"}} {total}')
        return [
            *lines,
            f"cotutor_request_seconds_sum {self._total:.6f}",
            f"cotutor_request_seconds_count {total}",
        ]


def _family(name: str, kind: str, told: str) -> list[str]:
    return [f"# HELP cotutor_{name} {told}", f"# TYPE cotutor_{name} {kind}"]


def _one(name: str, kind: str, told: str, value: int) -> list[str]:
    return [*_family(name, kind, told), f"cotutor_{name} {value}"]


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

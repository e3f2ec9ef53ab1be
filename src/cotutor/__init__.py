"""cotutor: teach a small language model to reason, and report honestly whether it does.

    from cotutor import Problem, decide, load     # records, the verifier, problems

Names are imported when they are first used, so `import cotutor` costs nothing.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "BackendError": "errors",
    "ConfigError": "errors",
    "CotutorError": "errors",
    "DataError": "errors",
    "Example": "records",
    "GateError": "errors",
    "Problem": "records",
    "Request": "records",
    "RunConfig": "config",
    "Student": "student",
    "Trace": "records",
    "UserError": "errors",
    "Verdict": "records",
    "decide": "verify",
    "execute": "pipeline",
    "load": "problems",
    "load_config": "config",
    "load_student": "models",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cotutor' has no attribute {name!r}")
    return getattr(import_module(f"cotutor.{_HOMES[name]}"), name)

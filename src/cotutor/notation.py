"""How run files are written: YAML in which `2e-4` is a number, and no key is given twice.

PyYAML follows YAML 1.1, to which `2e-4` is a text; of two equal keys it takes the last.
"""

import re
from typing import Any

import yaml

from cotutor.errors import ConfigError

_FLOAT, _MERGE = "tag:yaml.org,2002:float", "tag:yaml.org,2002:merge"
_POWER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]{1,3}\Z")


class _Reader(yaml.SafeLoader):
    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if (key.tag, key.value) in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {key.value!r} is given twice", problem_mark=key.start_mark
                    )
                seen.add((key.tag, key.value))
        return node


class _Writer(yaml.SafeDumper):
    """Quotes what `_Reader` would take for a number."""


for _one in (_Reader, _Writer):
    _one.add_implicit_resolver(_FLOAT, _POWER, list("-+.0123456789"))


def parse(text: str, where: str) -> Any:
    """Return what a text says.

    Raises:
        ConfigError: it is no YAML, or gives a key twice; names `where` and the line.

    """
    try:
        return _apart(yaml.load(text, Loader=_Reader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"{where}{line} is not YAML: {getattr(error, 'problem', error)}"
        ) from error


def _apart(value: Any) -> Any:
    """Return a value in which nothing stands at two places: anchors share what they name."""
    if isinstance(value, dict):
        return {key: _apart(item) for key, item in value.items()}
    return [_apart(item) for item in value] if isinstance(value, list) else value


def write(value: Any) -> str:
    """Return a value as the text that `parse` reads it from."""
    return yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True)

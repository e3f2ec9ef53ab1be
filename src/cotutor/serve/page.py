"""The page at `/`: one HTML file whose style and script are inlined and named by digest."""

import base64
import hashlib
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def page() -> tuple[str, str]:
    """Return the page and the content security policy to send with it."""
    css, js = ((_FOLDER / f"page.{kind}").read_text("utf-8") for kind in ("css", "js"))
    html = (_FOLDER / "page.html").read_text("utf-8")
    policy = (
        f"default-src 'none'; img-src data:; style-src {_source(css)}; script-src {_source(js)}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return html.replace("/* page.css */", css).replace("/* page.js */", js), policy


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

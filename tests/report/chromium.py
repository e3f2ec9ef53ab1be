"""Headless Chromium, driven over a pipe by its own debugging protocol, without a network."""

import base64
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --disable-dev-shm-usage "
    "--hide-scrollbars --remote-debugging-pipe"
)
KEYS = {"ArrowDown": 40, "ArrowUp": 38, "End": 35, "Home": 36, "Enter": 13, "Escape": 27}


def found_browser() -> str | None:
    """Return the browser on PATH, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class Page:
    """One open tab; `complaints` holds what its console said, `requests` what it asked for."""

    def __init__(self, heard: BinaryIO, told: BinaryIO) -> None:
        self.heard, self.told = heard, told
        self.calls = 0
        self.session: dict[str, str] = {}
        self.loads = 0
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self.calls += 1
        asked = {"id": self.calls, "method": method, "params": parameters} | self.session
        self.told.write(json.dumps(asked).encode() + b"\0")
        self.told.flush()
        while (said := self._hear()).get("id") != self.calls:
            pass
        assert "error" not in said, f"{method}: {said['error']}"
        result: dict[str, Any] = said["result"]
        return result

    def _hear(self) -> dict[str, Any]:
        said = bytearray()
        while (byte := self.heard.read(1)) != b"\0":
            assert byte, "the browser is gone"
            said += byte
        message: dict[str, Any] = json.loads(said)
        match message.get("method"), message.get("params"):
            case "Page.loadEventFired", _:
                self.loads += 1
            case "Network.requestWillBeSent", told:
                self.requests.append(told["request"]["url"])
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled", told:
                self.complaints.append(json.dumps(told))
            case "Log.entryAdded", told:
                self.complaints.append(told["entry"]["text"])
        return message

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file and wait until it is loaded."""
        before = self.loads
        self.call("Page.navigate", url=path.resolve().as_uri() + fragment)
        while self.loads == before:
            self._hear()

    def run(self, expression: str) -> Any:
        """Evaluate a JavaScript expression, a promise as well, and return its value."""
        told = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as a person does."""
        for key in keys:
            named = {"key": key, "windowsVirtualKeyCode": KEYS.get(key, 0)}
            text = {"text": key} if key not in KEYS else {}
            self.call("Input.dispatchKeyEvent", type="keyDown", **named, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def picture(self, path: Path, *, width: int = 1280, height: int = 900, **media: str) -> None:
        """Write a picture of the window; height 0: of the whole page. `media`: colour scheme."""
        self.look(width, height or 900, **media)
        full = {} if height else {"captureBeyondViewport": True, "clip": self._whole()}
        told = self.call("Page.captureScreenshot", format="png", **full)
        path.write_bytes(base64.b64decode(told["data"]))

    def look(self, width: int, height: int, **media: str) -> None:
        """Set the size of the window and media features such as `prefers_color_scheme`."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        named = [{"name": k.replace("_", "-"), "value": v} for k, v in media.items()]
        self.call("Emulation.setEmulatedMedia", features=named)

    def _whole(self) -> dict[str, float]:
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}


@contextmanager
def open_page(browser: str) -> Iterator[Page]:
    """Start a browser of its own with one tab; end it afterwards."""
    # the browser hears on descriptor 3 and speaks on 4: ours are kept clear of both
    ends = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (*os.pipe(), *os.pipe())]
    to_hear, to_tell, to_read, to_speak = ends

    def join() -> None:
        os.dup2(to_hear, 3)
        os.dup2(to_speak, 4)

    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [browser, *FLAGS.split(), f"--user-data-dir={profile}"]
        command.append("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
        running = subprocess.Popen(
            command, preexec_fn=join, pass_fds=(3, 4), stderr=subprocess.DEVNULL
        )
        os.close(to_hear)
        os.close(to_speak)
        try:
            with os.fdopen(to_read, "rb") as heard, os.fdopen(to_tell, "wb") as told:
                yield Page(heard, told)
        finally:
            running.kill()
            running.wait()

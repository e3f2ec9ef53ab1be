"""What `cotutor serve` is told, and the limits that it keeps."""

import ipaddress
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Limits(BaseModel):
    """How much one server takes on.

    `body` is in bytes and `seconds` the whole time of one request. `tokens` is the most a
    request may ask for each of its choices, `default_tokens` what it gets when it does not say.
    `choices` bounds a request's prompts times samples, `texts` what a strategy may have written
    for it, `batch` the texts decoded together, and `requests` those that wait or are being
    answered: one more is sent away with 429.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    body: int = Field(default=1 << 20, ge=1)
    tokens: int = Field(default=2048, ge=1)
    default_tokens: int = Field(default=512, ge=1)
    choices: int = Field(default=64, ge=1)
    texts: int = Field(default=1024, ge=1)
    batch: int = Field(default=32, ge=1)
    requests: int = Field(default=64, ge=1)
    seconds: float = Field(default=300.0, gt=0)


class ServeSettings(BaseModel):
    """Where a server listens and who may call it.

    Without an `api_key` only this machine can call: `host` is then a loopback address.
    `admin` opens the routes that load and remove adapters, which name folders on this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    api_key: str | None = Field(default=None, min_length=1, repr=False)
    admin: bool = False
    limits: Limits = Limits()

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @model_validator(mode="after")
    def _others_need_a_key(self) -> Self:
        if self.api_key is None and not self.is_loopback:
            raise ValueError(
                f"others could call a server on {self.host}: give --api-key-env, or a loopback host"
            )
        return self

"""Where an API is reached: its URL, the proxy on the way, and whom TLS trusts."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import truststore

from vermeil.errors import SettingsError

_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Access:
    """Where an API is, and how one gets in.

    Args:
        url_from: the environment variable of the URL, for messages; `key_from` is that of the key.
        key: "" for none.
        key_header: carries the bare key; "Authorization" carries it as a bearer token.
        headers: what else goes with each request.
        query: goes at the end of each URL.

    Raises:
        SettingsError: the URL, the key or the proxy cannot be used.
    """

    base_url: str
    url_from: str
    key_from: str
    key: str = field(default="", repr=False)
    key_header: str = "Authorization"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.base_url, str):
            raise SettingsError(f"a base URL looks like http://localhost:8000/v1, got {self.base_url!r}")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        _check_url(self.base_url, self.url_from)
        if not self.key.isascii() or not self.key.isprintable() or " " in self.key:
            raise SettingsError(f"{self.key_from} holds spaces, line breaks or letters that no key has; copy it again")

    @property
    def host(self) -> str:
        """The name or number of the machine."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def sent(self) -> dict[str, str]:
        """The headers that go with each request, with the key."""
        bearer = "Bearer " if self.key_header == "Authorization" else ""
        return {**self.headers, self.key_header: bearer + self.key} if self.key else dict(self.headers)

    def url(self, path: str) -> str:
        """The whole address of a path."""
        joint = "&" if "?" in path else "?"
        return f"{self.base_url}{path}{joint}{self.query}" if self.query else self.base_url + path


def key_in(variable: str) -> str:
    """The key that an environment variable holds, "" for none."""
    return os.environ.get(variable, "").strip()


def proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for this URL; servers on this machine are reached without.

    Raises:
        SettingsError: it is of a kind that can't be used.
    """
    parts = urlsplit(base_url)
    proxies = getproxies_environment()
    kind = parts.scheme if parts.scheme in proxies else "all"
    proxy = proxies.get(kind)
    if not proxy or parts.hostname in _LOCAL or proxy_bypass(parts.netloc):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    found = _split(proxy)
    if found is None or found.scheme not in ("http", "https") or not found.hostname:
        scheme = proxy.partition("://")[0]
        raise SettingsError(
            f"the proxy in {kind.upper()}_PROXY can't be used: expected http://host:port, got one of {scheme}://; "
            f"set an HTTP proxy, or list {parts.hostname} in NO_PROXY"
        )
    return proxy


def password_in(proxy: str | None) -> str:
    """The password that a proxy's URL holds, "" for none."""
    return (urlsplit(proxy).password if proxy else None) or ""


def host_in(url: str) -> str:
    """The host of a URL that somebody else wrote, "" where there is none."""
    found = _split(url)
    return (found.hostname if found else None) or ""


def check_certificates() -> None:
    """See that the file of certificates that the environment names is there.

    Raises:
        SettingsError: it isn't.
    """
    if (path := os.environ.get("SSL_CERT_FILE")) and not Path(path).is_file():
        raise SettingsError(f"SSL_CERT_FILE names {path!r}, and no such file is there; correct it, or unset it")


@cache
def encryption() -> ssl.SSLContext:
    """Trusts whom the operating system trusts, and `SSL_CERT_FILE`; made once, since it takes a while."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if path := os.environ.get("SSL_CERT_FILE"):
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError):
            raise SettingsError(f"SSL_CERT_FILE names {path!r}, which holds no certificates in PEM form") from None
    return context


def _check_url(base_url: str, url_from: str) -> None:
    url = _split(base_url)
    if url is None or url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        shown = base_url.split("?")[0]
        raise SettingsError(f"a base URL looks like http://localhost:8000/v1, got {shown!r}; set {url_from}")
    if url.username or url.password:
        raise SettingsError(f"the base URL of {url.hostname} holds a password; put the key into its own variable")


def _split(url: str) -> SplitResult | None:
    try:
        found = urlsplit(url)
        return found if found.port != 0 else None  # reading the port checks it
    except ValueError:
        return None

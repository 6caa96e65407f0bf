"""What a connection that failed means for the run: nobody is there, or it broke off."""

from __future__ import annotations

import errno
import os
import re

import aiohttp
from aiohttp.http import HttpProcessingError

from vermeil.errors import LLMBusy, LLMError, LLMUnavailable
from vermeil.llms._address import Access

ConnectionFault = (aiohttp.ClientError, HttpProcessingError, OSError)
"""All that a connection can raise, apart from running out of time."""

_TRUST = "if a proxy of your network signs its own certificates, let SSL_CERT_FILE name the file that it is signed with"


def error_of(fault: Exception, access: Access) -> LLMError:
    """The error for a request that got no reply."""
    number = _number(fault)
    if number in (errno.EMFILE, errno.ENFILE):
        said = f"no more connections can be opened ({os.strerror(number)}): ask fewer at once, or raise `ulimit -n`"
        return LLMBusy(said, None, "overload")
    if isinstance(fault, aiohttp.ClientHttpProxyError):
        return _turned_back(fault, access)
    if isinstance(fault, aiohttp.ClientConnectorCertificateError):
        why = f"its certificate is not trusted: {_said(fault.certificate_error)}"
        return LLMBusy(f"cannot reach {access.base_url} ({why}): {_TRUST}", None, "unreachable")
    if isinstance(fault, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        way = "its proxy: " if isinstance(fault, aiohttp.ClientProxyConnectionError) else ""
        why = f"{way}{os.strerror(number) if number else _said(fault)}"
        hint = f"start the server or set {access.url_from}"
        return LLMBusy(f"cannot reach {access.base_url} ({why}): {hint}", None, "unreachable")
    return LLMBusy(f"the connection to {access.base_url} broke off: {_said(fault)}")


def _turned_back(fault: aiohttp.ClientHttpProxyError, access: Access) -> LLMError:
    said = f"the proxy on the way to {access.base_url} answered {fault.status}"
    if fault.status == 407:
        return LLMUnavailable(f"{said}: put a user and a password into its URL, as in http://user:password@host:port")
    return LLMBusy(f"{said}: {_said(fault)}", None, "unreachable")


def _number(fault: BaseException) -> int:
    """The system's number for what went wrong, 0 where it has none (a name that is not known)."""
    cause = fault.os_error if isinstance(fault, aiohttp.ClientConnectorError) else fault
    if isinstance(cause, OSError) and cause.errno and cause.errno > 0:
        return cause.errno
    found = re.search(r"\[Errno (\d+)\]", str(cause))  # several addresses were tried
    return int(found[1]) if found else 0


def _said(fault: object) -> str:
    cause = fault.os_error if isinstance(fault, aiohttp.ClientConnectorError) else fault
    said = getattr(cause, "strerror", None) or getattr(cause, "message", None) or str(cause)
    line = " ".join(str(said).split())[:200]
    return line or type(fault).__name__

"""A deployment on Azure, which speaks as OpenAI does, at addresses and with a key header of its own."""

from __future__ import annotations

import os
from urllib.parse import quote

from vermeil.errors import SettingsError
from vermeil.llms import openai
from vermeil.llms._address import Access, key_in

URL_FROM = "AZURE_OPENAI_ENDPOINT"
KEY_FROM = "AZURE_OPENAI_API_KEY"
VERSION_FROM = "OPENAI_API_VERSION"

_UNDATED = ("", "v1", "preview", "latest")
"""Versions of the newer API, which has one address for all deployments."""


class LLM(openai.LLM):
    """`azure:DEPLOYMENT`; the key comes from `AZURE_OPENAI_API_KEY` and nowhere else.

    With a dated `OPENAI_API_VERSION`, such as 2024-10-21, the deployment is part of the address; with none, the newer
    API at `/openai/v1` is asked. The options are those of `openai`; `base_url` is the resource's endpoint, None for
    `AZURE_OPENAI_ENDPOINT`.
    """

    adapter = "azure"

    @property
    def _path(self) -> str:
        if _version() in _UNDATED:
            return "/chat/completions"
        return f"/deployments/{quote(self.model, safe='')}/chat/completions"

    def _access(self, base_url: str | None) -> Access:
        endpoint = base_url or os.environ.get(URL_FROM)
        if not endpoint:
            raise SettingsError(f"set {URL_FROM} to the endpoint of your resource: https://NAME.openai.azure.com")
        endpoint = endpoint.rstrip("/").removesuffix("/v1").removesuffix("/openai")
        version = _version()
        url = f"{endpoint}/openai/v1" if version in _UNDATED else f"{endpoint}/openai"
        query = "" if version in ("", "v1") else f"api-version={quote(version, safe='')}"
        return Access(url, URL_FROM, KEY_FROM, key_in(KEY_FROM), "api-key", query=query)

    def _check_key(self) -> None:
        if not self._server.access.key:
            raise SettingsError(f"{self._server.base_url} needs a key: set {KEY_FROM}")


def _version() -> str:
    return os.environ.get(VERSION_FROM, "").strip()

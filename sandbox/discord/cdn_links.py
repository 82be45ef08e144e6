"""Addresses of attachments: signed and with an expiry, as Discord's are."""

import hashlib
import hmac
import secrets
import time
from typing import Final

from yarl import URL

from sandbox.discord.posts import Attachment

LIFETIME: Final = 24 * 60 * 60
"""Seconds that an address is good for."""


class CdnLinks:
    """Makes and checks the addresses under `base`, such as http://127.0.0.1:8080/cdn, known once the server listens."""

    def __init__(self) -> None:
        self.base = ""
        self._secret = secrets.token_bytes(16)

    def link(self, attachment: Attachment, *, channel_id: int) -> str:
        """A fresh address of an attachment."""
        now = int(time.time())
        issued, expires = f"{now:x}", f"{now + LIFETIME:x}"
        path = f"attachments/{channel_id}/{attachment.id}/{attachment.filename}"
        query = {"ex": expires, "is": issued, "hm": self._signature(attachment.id, expires, issued)}
        return str(URL(f"{self.base}/{path}").with_query(query))

    def is_good(self, attachment_id: int, *, expires: str, issued: str, signature: str) -> bool:
        """Whether the query of an address is one that was given out and has not expired."""
        if not hmac.compare_digest(signature, self._signature(attachment_id, expires, issued)):
            return False
        return int(expires, 16) > time.time()

    def _signature(self, attachment_id: int, expires: str, issued: str) -> str:
        return hmac.new(self._secret, f"{attachment_id}:{expires}:{issued}".encode(), hashlib.sha256).hexdigest()

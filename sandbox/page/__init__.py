"""The demo in a browser: a chat to type `/video` into, and a panel that makes the world go wrong."""

from sandbox.page.house import Page, open_page, show

__all__ = ["Page", "open_page", "show"]

"""The demo: the real bot as a process of its own between both stand-ins, on a throw-away data directory."""

from sandbox.demo.play import play

__all__ = ["play"]

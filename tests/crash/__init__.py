"""Kills the real bot at every point where it touches the world, starts it again, and checks what must always hold."""

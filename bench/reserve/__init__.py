"""Reservations: how fast they are with a long history behind them, and beside the bare driver."""

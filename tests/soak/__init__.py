"""Twenty members, faults on both sides and a kill every so often: whether everything still holds at the end."""

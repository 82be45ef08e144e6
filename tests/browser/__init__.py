"""The sandbox's page, played in a real browser as a member would play it."""

"""Discord's REST API: one room per group of routes, and the server that runs them."""

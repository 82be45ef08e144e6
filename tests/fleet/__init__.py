"""Many processes over one PostgreSQL, with limits that bind, kills and outages: whether everything holds at the end."""

"""Several real processes of the bot over one PostgreSQL database."""

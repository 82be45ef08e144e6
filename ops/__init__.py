"""What an owner does around the bot: logs today; set-up, diagnosis and backups as they land."""

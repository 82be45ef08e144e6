"""Discord: reads an interaction, asks a service, writes a message. The only rooms that import discord."""

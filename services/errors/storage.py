"""What the database could not do."""

from dataclasses import dataclass

from services.errors.root import BotError


class StorageError(BotError):
    """The database did not do what was asked; the transaction was rolled back."""


@dataclass(eq=False)
class SchemaTooNewError(StorageError):
    """The database was written by a newer version of the bot."""

    found: int
    known: int


@dataclass(eq=False)
class OtherSchemaError(StorageError):
    """The database is of another version's schema, and this is not the moment to change that."""

    found: int
    known: int


class AlreadyRunningError(StorageError):
    """Another process holds the data directory."""


class NotWritableError(StorageError):
    """The data directory may not be written: it is not ours, or its file system is read-only."""


class NoSpaceError(StorageError):
    """There is no room on the disk."""


class UnreachableError(StorageError):
    """The database server cannot be reached, or does not let us in."""


class DriverMissingError(StorageError):
    """The address of a PostgreSQL database is set, and its driver is not installed."""


class StaleJobError(StorageError):
    """The job has moved on, or belongs to another worker now. Nothing was changed; forget the old view."""

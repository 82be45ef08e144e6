"""The video API: submit, look, download, list the models, ask after the key. Nothing else here speaks to it."""

from services.openrouter.client import OpenRouterClient, RetryPolicy
from services.openrouter.reading import read_models
from services.openrouter.transport import Attribution, Timeouts

__all__ = ["Attribution", "OpenRouterClient", "RetryPolicy", "Timeouts", "read_models"]

"""Shows how the bot is to whoever watches it by machine: Prometheus' metrics, and the two questions of supervisors."""

from ops.metrics.instruments import Instruments
from ops.metrics.readings import Readings
from ops.metrics.server import MetricsServer, serving

__all__ = ["Instruments", "MetricsServer", "Readings", "serving"]

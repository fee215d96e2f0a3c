"""The address and the limits on requests of the servers of `mmcore serve` and `mmcore demo`."""

from mmcore.web.address import LOOPBACK, is_loopback, listener, url
from mmcore.web.queueing import Busy, Queue, SizeLimit

__all__ = ["LOOPBACK", "Busy", "Queue", "SizeLimit", "is_loopback", "listener", "url"]

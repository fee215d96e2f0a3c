"""What the servers of `mmcore serve` and `mmcore demo` share: their address, and limits on requests."""

from mmcore.web.address import LOOPBACK, is_loopback, listener, url
from mmcore.web.queueing import Busy, Queue, SizeLimit

__all__ = ["LOOPBACK", "Busy", "Queue", "SizeLimit", "is_loopback", "listener", "url"]

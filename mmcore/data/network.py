"""A check that a server responds, before a download."""

from urllib.error import URLError
from urllib.request import Request, urlopen

__all__ = ["check_reachable"]

TIMEOUT_SECONDS = 5.0


def check_reachable(*addresses: str) -> None:
    """Check that one of the addresses responds within seconds.

    Raises:
        OSError: none of them responds.
    """
    refusals: list[Exception] = []
    for address in addresses:
        try:
            urlopen(Request(address, method="HEAD"), timeout=TIMEOUT_SECONDS).close()
            return
        except URLError as error:
            if error.__class__ is not URLError:
                return  # an HTTP error is a response
            refusals.append(error)
        except (OSError, ValueError) as error:
            refusals.append(error)
    raise OSError(f"no response from {' or '.join(addresses)}: {refusals[-1]}")

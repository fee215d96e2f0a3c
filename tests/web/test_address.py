"""The address of a server: who reaches it, and why it cannot be used."""

import socket

import pytest

pytest.importorskip("starlette", reason="needs the extra serve or demo")

from mmcore.errors import MmcoreError
from mmcore.web import is_loopback, listener, url


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_only_this_machine_reaches_a_loopback_address(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "::", "127.example.org", "1270.0.0.1"])
def test_other_machines_reach_any_other_address(host):
    assert not is_loopback(host)


def test_a_free_port_is_in_the_address():
    with listener("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        assert port > 0
        assert url(bound) == f"http://127.0.0.1:{port}"


def test_a_port_in_use_and_a_foreign_address_are_sentences():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(MmcoreError, match="is in use by another program; choose another one"):
            listener("127.0.0.1", other.getsockname()[1])
    with pytest.raises(MmcoreError, match="give an address of this machine"):
        listener("192.0.2.1", 0)

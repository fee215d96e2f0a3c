"""Requests are answered one at a time, and a bounded number waits."""

import asyncio
import threading

import pytest

pytest.importorskip("starlette", reason="needs the extra serve or demo")

from mmcore.web import Busy, Queue


def test_one_request_at_a_time_and_no_more_than_the_limit_wait():
    running, most, release = [0], [0], threading.Event()

    def work(request):
        running[0] += 1
        most[0] = max(most[0], running[0])
        release.wait(5)
        running[0] -= 1
        return request

    async def scene():
        queue = Queue(3)
        tasks = [asyncio.create_task(queue.run(work, {"n": n})) for n in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(Busy, match="3 requests are waiting"):
            await queue.run(work, {})
        release.set()
        assert await asyncio.gather(*tasks) == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert await queue.run(work, {"n": 3}) == {"n": 3}

    asyncio.run(scene())
    assert most == [1]

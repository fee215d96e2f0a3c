"""Seconds of the answers of mmcore serve to 50 clients at a time.

    uv run --extra serve python benchmarks/serving.py RUN
    uv run --extra serve python benchmarks/serving.py RUN --clients 50 --requests 10 --threads 1

Starts the service, and sends requests about one generated record each, from all clients at the same time; a
client sends its next request when it has an answer. The answers of all clients are compared with those of one
client. The last column is the time of one record among 50 in one request, the least that batching of requests
could reach.
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np

PATHS = ("embed", "impute", "score", "generate")
BATCH = 50
START = 120.0
"""Seconds in which the service starts."""


@contextmanager
def service(run, threads):
    """Run the service on a free port; yields the port."""
    command = [sys.executable, "-m", "mmcore", "serve", str(run), "--port", "0"]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout:
                port = re.search(r"at http://127\.0\.0\.1:(\d+)", line)
                if port:
                    break
            else:
                raise SystemExit("the service has not started")
            wait_for(int(port[1]))
            yield int(port[1])
        finally:
            process.terminate()
            process.wait(30)


def wait_for(port):
    """Return when the service answers."""
    end = time.monotonic() + START
    while time.monotonic() < end:
        try:
            with Client(port) as client:
                return client.get("/health")
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the service does not answer")


class Client:
    """A client with a connection of its own."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.connection.close()

    def get(self, path):
        self.connection.request("GET", path)
        return json.load(self.connection.getresponse())

    def post(self, path, body):
        """Return status, answer and seconds."""
        content, started = json.dumps(body).encode(), time.perf_counter()
        self.connection.request("POST", path, content, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        answer = response.read()
        return response.status, answer, time.perf_counter() - started


def bodies(port, count):
    """Return requests by path: about the records of the first modality of generated records."""
    with Client(port) as client:
        name = client.get("/health")["modalities"][0]
        _, answer, _ = client.post("/generate", {"rows": count, "modalities": [name]})
    records = json.loads(answer)["records"]
    return {
        path: [{"given": r} if path == "generate" else {"records": [r]} for r in records]
        for path in PATHS
    }


def load(port, path, requests, clients, each):
    """Return (status, seconds, is the answer of one client) of all requests, and the time of all."""
    with Client(port) as client:
        alone = [client.post(path, body)[1] for body in requests]
    results = []

    def work(number):
        with Client(port) as own:
            for turn in range(each):
                place = (number + turn) % len(requests)
                status, answer, seconds = own.post(path, requests[place])
                results.append((status, seconds, answer == alone[place]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results, time.perf_counter() - started


def batched(port, path, requests):
    """Return the milliseconds of a record in one request about many."""
    if path == "/generate":
        body = {**requests[0], "rows": BATCH}
    else:
        body = {"records": [r["records"][0] for r in requests] * (BATCH // len(requests))}
    with Client(port) as client:
        client.post(path, body)
        return 1000 * min(client.post(path, body)[2] for _ in range(3)) / BATCH


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--requests", type=int, default=10, help="of each client")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    chosen = parser.parse_args()
    print(
        "| request | per second | median, ms | 95 % | 99 % | other answers | batched, ms a record |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with service(chosen.run, chosen.threads) as port:
        for path, requests in bodies(port, 10).items():
            results, seconds = load(port, f"/{path}", requests, chosen.clients, chosen.requests)
            times = 1000 * np.array([taken for _, taken, _ in results])
            wrong = sum(status != 200 or not same for status, _, same in results)
            cells = [f"{len(results) / seconds:.0f}"]
            cells += [f"{np.percentile(times, share):.0f}" for share in (50, 95, 99)]
            cells += [f"{wrong} of {len(results)}", f"{batched(port, f'/{path}', requests):.1f}"]
            print(f"| `{path}` | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

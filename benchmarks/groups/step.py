"""The time of a training step by method, with the networks of the paper."""

from benchmarks.groups.scale import ROWS, Scale
from benchmarks.harness.plan import Bar, Case, Comparison, Group

METHODS = {
    "mmjsd": {},
    "mopoe": {},
    "mvae": {},
    "mvtcae": {},
    "mmvae": {"estimator": "iwae", "draws": 1},
}
PEER_METHODS = ("mopoe", "mvae", "mvtcae", "mmvae")
THREADS = (1, 2)


def group(scale: Scale) -> Group:
    """Return the group ``step``."""
    cases = [case for threads in THREADS for case in _cases(threads, scale.steps(2))]
    comparisons = [row for threads in THREADS for row in _comparisons(threads)]
    return Group(
        name="step",
        title="A training step with the networks of the paper",
        about="MNIST, SVHN and text, batch 256, a batch in memory, forward, backward and Adam. The"
        " precision of mmcore is `auto`, which is bfloat16 where the processor has it, unless fp32 is"
        " written; MultiVae has no other than float32. MVAE has the joint and the unimodal ELBOs, MMVAE"
        " one draw and IWAE. MultiVae has 20 shared dimensions; mmcore has 16 shared and 4 of each"
        " modality. *Networks* is each encoder and each decoder once, forward and backward: the floor of"
        " a step.",
        cases=tuple(cases),
        comparisons=tuple(comparisons),
    )


def label(side: str, method: str, threads: int) -> str:
    """Return the label of a case."""
    return f"{side} {method}, {threads} thread{'s' * (threads > 1)}"


def ours(name: str, method: str, threads: int, steps: int, **own: object) -> Case:
    """Return a case of mmcore."""
    options = {
        "networks": "paper",
        "method": method,
        "rows": ROWS,
        "steps": steps,
        "warm": 1,
        **own,
    }
    return Case(label("mmcore", name, threads), "mmcore", "step", options, threads, steps * ROWS)


def peer(method: str, threads: int, steps: int) -> Case:
    """Return a case of MultiVae."""
    options = {"networks": "paper", "method": method, "rows": ROWS, "steps": steps}
    name = label("MultiVae", method, threads)
    return Case(name, "MultiVae", "step", options, threads, steps * ROWS)


def bare(threads: int, steps: int, **own: object) -> Case:
    """Return the case of the networks alone."""
    options = {"networks": "paper", "method": "mmjsd", "rows": ROWS, "steps": steps, **own}
    name = label("mmcore", "networks fp32" if own else "networks", threads)
    return Case(name, "mmcore", "bare", options, threads, steps * ROWS)


def _cases(threads: int, steps: int) -> list[Case]:
    methods = [ours(m, m, threads, steps, settings=own) for m, own in METHODS.items()]
    exact = ours("mmjsd fp32", "mmjsd", threads, steps, precision="32-true")
    floors = [bare(threads, steps), bare(threads, steps, precision="32-true")]
    peers = [peer(method, threads, steps) for method in PEER_METHODS]
    # Each peer follows the method that it is compared with.
    pairs = [case for both in zip(methods[1:], peers, strict=True) for case in both]
    return [methods[0], *pairs, exact, *floors]


def _comparisons(threads: int) -> list[Comparison]:
    def speed(ours: str, theirs: str, bar: Bar | None = None) -> Comparison:
        of, to = label("mmcore", ours, threads), label("MultiVae", theirs, threads)
        return Comparison(f"{of} / {to}", of, to, bar=bar)

    def floor(method: str, networks: str) -> Comparison:
        of, to = label("mmcore", method, threads), label("mmcore", networks, threads)
        return Comparison(f"time of {of} / {to}", of, to, "time")

    return [
        speed("mmjsd", "mopoe"),
        speed("mmjsd fp32", "mopoe"),
        *(
            speed(m, m, Bar(">=", 2.5) if (m, threads) == ("mvae", 2) else None)
            for m in PEER_METHODS
        ),
        floor("mmjsd", "networks"),
        floor("mmjsd fp32", "networks fp32"),
    ]

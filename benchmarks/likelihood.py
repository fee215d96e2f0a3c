"""The likelihood of a trained run in bfloat16 against float32: error and CPU time, on one thread."""

import argparse
import time
from pathlib import Path

import torch

from mmcore import Catalogue, Model, Noise
from mmcore.evaluation.fusions import named_fusion
from mmcore.evaluation.likelihood import log_likelihood
from mmcore.evaluation.subsets import subset_name, subsets
from mmcore.runs.folder import RunFolder, read_config
from mmcore.runs.job import data_of


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("--draws", type=int, default=64)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    folder = RunFolder(chosen.run)
    config, model = read_config(folder.config), Model.from_pretrained(folder.model)
    data = data_of(config, Catalogue.discover())
    rows = torch.randperm(len(data.test), generator=torch.Generator().manual_seed(0))[: chosen.rows]
    noise = Noise(len(rows))
    with torch.no_grad():
        encoding = model.codec.encode(data.test.fetch(rows, noise))
    print(
        "proposal, given: mean log p; bf16 - fp32: mean, sd; error of the draws; decodings/s fp32, bf16"
    )
    for proposal in ("inference", "mixture"):
        fusion = named_fusion(model, proposal)
        for given in subsets(model.names):
            found, seconds = [], []
            for half in (False, True):
                start = time.process_time()
                found.append(
                    log_likelihood(
                        model.codec, fusion, encoding, given, noise, chosen.draws, bfloat16=half
                    )
                )
                seconds.append(time.process_time() - start)
            shift = found[1].log_p - found[0].log_p
            speeds = [len(rows) * chosen.draws / s for s in seconds]
            print(
                f"{proposal}, {subset_name(given)}: {found[0].mean:.1f}; {shift.mean():+.2f},"
                f" {shift.std():.2f}; {found[0].draw_error.mean():.2f}; {speeds[0]:,.0f}, {speeds[1]:,.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

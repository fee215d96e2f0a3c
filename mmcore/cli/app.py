"""The commands of ``mmcore``."""

from typing import Annotated

import typer

from mmcore.cli.compare import compare
from mmcore.cli.components import components_app
from mmcore.cli.console import show_text
from mmcore.cli.data import data_app
from mmcore.cli.demo import demo
from mmcore.cli.embed import embed
from mmcore.cli.evaluate import EvaluateCommand, evaluate
from mmcore.cli.explain import explain
from mmcore.cli.export import export
from mmcore.cli.impute import impute
from mmcore.cli.methods import methods_app
from mmcore.cli.plugins import plugins_app
from mmcore.cli.prior import prior_app
from mmcore.cli.push import push
from mmcore.cli.report import report
from mmcore.cli.reproduce import reproduce
from mmcore.cli.runs import runs_app
from mmcore.cli.score import score
from mmcore.cli.serve import serve
from mmcore.cli.train import train
from mmcore.cli.tune import tune
from mmcore.errors import MmcoreError

__all__ = ["app"]

app = typer.Typer(
    name="mmcore",
    help="Multimodal VAEs for any number of modalities, any of which may be missing."
    "\n\nExample: mmcore train --modalities mnist,text --data sample --steps 500",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(train)
app.command()(tune)
app.command(cls=EvaluateCommand)(evaluate)
app.command()(report)
app.command()(compare)
app.command()(reproduce)
app.command()(impute)
app.command()(embed)
app.command()(score)
app.command()(explain)
app.command()(demo)
app.command()(serve)
app.command()(export)
app.command()(push)
app.add_typer(data_app, name="data")
app.add_typer(runs_app, name="runs")
app.add_typer(prior_app, name="prior")
app.add_typer(methods_app, name="methods")
app.add_typer(plugins_app, name="plugins")
app.add_typer(components_app, name="components")


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="With --version: all versions, for a bug report.")
    ] = False,
) -> None:
    """Multimodal VAEs for any number of modalities, any of which may be missing."""
    if everything and not version:
        raise MmcoreError("--all is an option of --version, as in mmcore --version --all")
    if version:
        from mmcore.cli.versions import version_lines

        show_text(*version_lines(everything))
        raise typer.Exit

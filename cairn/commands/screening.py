"""`cairn screening`: check how well screening does, and train its meaning layer anew."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from moderation.screening import PhraseFileError, Screening, bank, measure, policy
from moderation.screening.judge import Judge
from moderation.screening.meaning import Meaning, ModelError

_A_BATCH = 64
TOLERANCE = 0.015
"""How far a row may fall before it counts as lowered: processors round int8 arithmetic differently."""


def judge_named(model: str, policy_file: Path | None = None) -> Judge:
    """The judge of a policy file (or of what comes with Cairn). Raises click.ClickException with the reason."""
    try:
        text = policy_file.read_text(encoding="utf-8") if policy_file else ""
        read = policy.read(text, file=policy_file.name if policy_file else "policy.yaml")
        return Judge(read, None if model == "none" else Meaning.named(model))
    except (PhraseFileError, ModelError) as error:
        raise click.ClickException(str(error)) from None
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{policy_file}: not text ({error})") from None


@click.group()
def screening() -> None:
    """How well screening does, and how its meaning layer is made."""


@screening.command()
@click.option("--model", type=click.Choice(["large", "light", "none"]), default="large", show_default=True)
@click.option("--policy", "policy_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Figures to hold.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here.")
@click.option("--misses", is_flag=True, help="Print each message that was missed or flagged in vain.")
def check(model: str, policy_file: Path | None, against: Path | None, save: Path | None, misses: bool) -> None:
    """Run the functional suite and print recall by category and urgency, and false alarms by family.

    With --against, exits with 1 when a row is lower than in that file of figures by more than 1.5 points.
    """
    judge = judge_named(model, policy_file)
    rows = measure.report(judged_suite(judge))
    click.echo(measure.table(rows))
    if misses:
        for one, found in judged_suite(judge):
            if one.worrying != bool(found.urgency.rank):
                click.echo(f"{'missed' if one.worrying else 'in vain'} | {one.family} | {one.text}")
    if save is not None:
        save.write_text(json.dumps(as_figures(rows), indent=1) + "\n", encoding="utf-8")
    if against is not None:
        worse = measure.lowered(from_figures(json.loads(against.read_text(encoding="utf-8"))), rows, TOLERANCE)
        for line in worse:
            click.echo(f"lower: {line}", err=True)
        if worse:
            sys.exit(1)


def judged_suite(judge: Judge) -> list[tuple[bank.Example, Screening]]:
    """The functional suite, each line with what the judge makes of it."""
    suite = bank.load(bank.packaged("suite"))
    found: list[Screening] = []
    with click.progressbar(length=len(suite), label="judging", file=sys.stderr) as bar:
        for at in range(0, len(suite), _A_BATCH):
            part = suite[at : at + _A_BATCH]
            found += judge.screen_many([one.text for one in part])
            bar.update(len(part))
    return list(zip(suite, found, strict=True))


def as_figures(rows: list[measure.Row]) -> list[dict[str, object]]:
    """Rows as they are kept in figures.json."""
    return [{"group": row.group, "name": row.name, "hits": row.hits, "of": row.of} for row in rows]


def from_figures(kept: list[dict[str, object]]) -> list[measure.Row]:
    """Rows of a figures.json."""
    return [
        measure.Row(str(row["group"]), str(row["name"]), int(str(row["hits"])), int(str(row["of"])))
        for row in kept
    ]


@screening.command()
@click.argument("model", type=click.Choice(["light", "large"]))
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files go; by default where the shipped ones lie.",
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("training"),
    show_default=True,
    help="Where bases are unpacked and a broken-off run is kept.",
)
def train(model: str, into: Path | None, work: Path) -> None:
    """Train a meaning layer from the bank, measure it on what was held back, and write its files.

    Needs what requirements/train.txt installs. Seeded; a run that was broken off goes on after its last round.
    On two cores: light about 12 minutes, large about 35.
    """
    try:
        from moderation.learning import making  # noqa: PLC0415 - torch is there only where somebody trains
    except ImportError as error:
        raise click.ClickException(f"{error.name} is missing: `make train` installs what training needs") from None
    with click.progressbar(length=1000, label=f"training {model}", file=sys.stderr, item_show_func=str) as bar:

        def told(step: int, total: int, words: str) -> None:
            bar.update(step * 1000 // total - bar.pos, words)

        try:
            figures = making.make(model, work, into or making.shipped(model), told)
        except making.BaseError as error:
            raise click.ClickException(str(error)) from None
    click.echo(json.dumps(figures, indent=1))

"""Recipe: decode every film once, build the vocabulary, report what the data hold.

The other recipes do the same on demand; this one finds a broken data folder before a long run and
writes `tokenizer.json`.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from engine.errors import NotFoundError
from training.config import PrepareConfig
from training.data.chest_films import read_chest_films
from training.data.films import open_films
from training.data.report_text import clean
from training.data.studies import read_split
from training.data.vocabulary import UNK, build_vocabulary
from training.recipes.run_log import open_run

SPLITS = ("train", "val")


def run(config: PrepareConfig) -> Path:
    """Check the data and fill the cache; returns the folder with `tokenizer.json` and counts.

    Raises:
        NotFoundError: A split is missing.
        DamagedFileError: A line or a film cannot be read.
    """
    log = open_run(config.runs, "prepare", config)
    splits = {name: read_split(config.data, name) for name in SPLITS}
    with suppress(NotFoundError):  # studies outside all splits; not every data set has some
        splits["extra"] = read_split(config.data, "extra")
    texts = {name: [clean(r.report) for r in records] for name, records in splits.items()}
    vocabulary = build_vocabulary(texts["train"], config.min_count)
    vocabulary.save(log.folder / "tokenizer.json")
    unknown = vocabulary.words.index(UNK)
    for name, records in splits.items():
        ids = [number for text in texts[name] for number in vocabulary.ids(text)]
        log.measure(
            name,
            {
                "studies": len(records),
                "with_report": sum(1 for text in texts[name] if text),
                "words": len(ids),
                "unknown_share": ids.count(unknown) / max(len(ids), 1),
            },
        )
    paths = [film.path for records in splits.values() for r in records for film in r.films]
    others = config.data / "chest_films"
    if others.is_dir():
        paths += [film.path for film in read_chest_films(others)]
    films = open_films(paths, config.preprocess, config.runs / "cache")
    log.measure("films", {"decoded": len(films.rows), "vocabulary": len(vocabulary)})
    return log.folder

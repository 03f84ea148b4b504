"""A draft of the demo study: the product's time against the published algorithm's.

Ours: the real services, from the DICOM file to the stored draft. The published way: PyTorch in
eager mode without a cache, mediator and film keys of the decoder computed again for every word, the
non-causal linguistic front door, every step run, three beams. Its weights are random: the amount of
work is compared, not the words. Reading and preparing the films is the same for both and left out
of the ratio.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.measure import seconds_of, show
from engine.domain.bundle import BundleManifest
from engine.domain.film_choice import choose_films
from engine.domain.report import Draft
from engine.domain.study import StudyUid
from engine.imaging.preprocess import model_input
from engine.inference.manifest import ENCODER, STEP, read_manifest
from engine.paths import model_bundle
from engine.services.workspace import Workspace
from training.model.cmcrl import Cmcrl, FilmMemory
from training.model.configuration import LinguisticForm, ModelConfiguration
from training.model.visual_encoder import STEM_GRID, VisualStem

RUNS = 7
PUBLISHED_RUNS = 3


class PublishedWay:
    """A model of the bundle's sizes, run as the released code runs it."""

    def __init__(self, manifest: BundleManifest) -> None:
        shape = manifest.shape
        configuration = ModelConfiguration(
            vocabulary_rows=shape.vocabulary_rows,
            width=shape.width,
            heads=shape.heads,
            decoder_layers=shape.decoder_layers,
            token_pool=STEM_GRID // shape.grid,
            local_per_head=shape.mediator_tokens // shape.heads,
            linguistic=LinguisticForm.PAPER,
        )
        self.stem = VisualStem().eval()
        self.model = Cmcrl(configuration).eval()
        self.search = manifest.decoding

    @property
    def megabytes(self) -> float:
        """Size of the weights as float32."""
        modules = (self.stem, self.model)
        return sum(p.numel() * 4 for m in modules for p in m.parameters()) / 1e6

    @torch.no_grad()
    def draft(self, images: Tensor) -> Tensor:
        """Generate ids `(beams, 1 + max_tokens)` for films `(v, 3, S, S)`."""
        model, views = self.model, len(images)
        features = self.stem(images)[None]
        embedded = model.visual_embedding(features, torch.arange(views)[None])
        tokens, rollout = model.encoder(embedded)
        tokens = model.visual_embedding.add_positions(tokens, views)
        film, local, cells = model.visual_deconfounder(tokens, rollout, views)
        ids = torch.full((1, 1), model.configuration.bos_id)
        totals = torch.zeros(1)
        for _ in range(self.search.max_tokens):
            beams = len(ids)
            words = model.vocabulary_key_value()
            mediator = model.linguistic_deconfounder.mediator(local.repeat(beams, 1, 1), words)
            key_value = model.decoder.memory(film.repeat(beams, 1, 1))
            memory = FilmMemory(mediator, key_value, rollout, cells, None)
            log_probs = model.logits(memory, ids)[:, -1].log_softmax(dim=-1)
            totals, picked = (totals[:, None] + log_probs).flatten().topk(self.search.beam)
            parents, chosen = picked // log_probs.shape[1], picked % log_probs.shape[1]
            ids = torch.cat([ids[parents], chosen[:, None]], dim=1)
            totals = totals - 1000.0 * (chosen == model.configuration.eos_id)
        return ids


def main() -> int:
    """Print the rows; returns 1 without a model to measure."""
    bundle = model_bundle()
    if not (bundle / ENCODER).exists():
        print("resources/model holds no model: nothing to measure")
        return 1
    manifest = read_manifest(bundle)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open_demo(Path(folder) / "workspace")
        try:
            uid = workspace.library.studies()[0].uid
            ours = _measure_ours(workspace, uid)
            study = choose_films(workspace.library.study(uid))
            chosen = [f for f in (study.frontal, study.lateral) if f is not None]
            films = [workspace.library.pixels(film) for film in chosen]
        finally:
            workspace.close()
    way = PublishedWay(manifest)
    size = sum((bundle / name).stat().st_size for name in (ENCODER, STEP)) / 1e6
    images = torch.from_numpy(model_input(films, manifest.preprocess))
    medians = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        seconds = seconds_of(lambda: way.draft(images), runs=PUBLISHED_RUNS)
        words = manifest.decoding.max_tokens
        medians.append(show(f"published way, {words} words, {threads} thread(s)", seconds))
    # On a busy machine its second thread costs more than it gains, so the better of both counts;
    # ours always has two.
    show("ours, encoder and words", ours, baseline=min(medians))
    print(f"weights: ours {size:.0f} MB of graphs, published way {way.megabytes:.0f} MB")
    return 0


def _measure_ours(workspace: Workspace, uid: StudyUid) -> list[float]:
    """Print the rows of the product's draft; returns the model's seconds in each run."""
    status = workspace.drafting.load()
    drafts: list[Draft] = []
    total = seconds_of(lambda: drafts.append(workspace.drafting.draft(uid)), runs=RUNS)
    counted = drafts[-RUNS:]
    words = sum(sentence.tokens for sentence in counted[0].sentences)
    print(f"{status.bundle} on {status.provider}, {len(counted[0].images)} film(s), {words} words")
    show("ours, from file to stored draft", total)
    show("  reading and preparing the films", [draft.seconds.decode for draft in counted])
    show("  encoder", [draft.seconds.encode for draft in counted])
    show("  words", [draft.seconds.words for draft in counted])
    return [draft.seconds.encode + draft.seconds.words for draft in counted]


if __name__ == "__main__":
    sys.exit(main())

"""A real bundle through real sessions: same input, same words; nothing damaged is loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from testkit.tiny_bundle import SIZE, write_tiny_bundle

from engine.domain.bundle import NORMAL, AssemblySpec, DecodingSpec
from engine.domain.progress import CancelToken, Progress
from engine.errors import BundleError, CancelledError, InferenceError
from engine.inference.beam import beam_search
from engine.inference.generator import CUT_WARNING, Generator
from engine.inference.manifest import TOKENIZER, read_manifest, write_manifest
from engine.inference.ngrams import count_reports
from engine.inference.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    write_tiny_bundle(folder)
    return folder


@pytest.fixture(scope="module")
def generator(folder: Path) -> Generator:
    return Generator.load(folder)


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    """Its draws are whole sentences with findings; those of random weights seldom end one."""
    folder = tmp_path_factory.mktemp("speaking")
    write_tiny_bundle(folder, says="the heart is enlarged . no pneumothorax . clear lungs .")
    return Generator.load(folder)


def films(views: int, seed: int = 0) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return random.normal(size=(views, 3, SIZE, SIZE)).astype(np.float32)


@pytest.mark.parametrize("views", [1, 2])
def test_same_films_give_the_same_draft(folder: Path, generator: Generator, views: int) -> None:
    first = generator.generate(films(views))
    again = Generator.load(folder).generate(films(views))
    assert first.sentences == again.sentences
    assert first.sentences
    assert all(sentence.log_prob < 0 for sentence in first.sentences)


def test_the_lateral_film_is_read(generator: Generator) -> None:
    both = films(2)
    assert generator.generate(both).sentences != generator.generate(both[:1]).sentences


def test_partial_text_grows_word_by_word(generator: Generator) -> None:
    seen: list[Progress] = []
    generator.generate(films(2), progress=seen.append)
    assert [p.done for p in seen] == list(range(1, len(seen) + 1))
    lengths = [len(p.partial_text.replace(".", "").split()) for p in seen]
    assert lengths == sorted(lengths)
    assert lengths[-1] > 5


def test_drawn_reports_give_one_draft_and_the_rest_beside_it(generator: Generator) -> None:
    drawing = Generator(
        replace(generator.manifest, decoding=DecodingSpec(draws=5, max_tokens=20)),
        generator._tokenizer,
        generator.sessions,
    )
    seen: list[Progress] = []
    written = drawing.generate(films(2), progress=seen.append, explains=lambda _text: True)
    assert len(written.others) == 4
    assert written.sentences == drawing.generate(films(2)).sentences
    assert len(written.cells) == len(written.sentences)
    assert not any(progress.partial_text for progress in seen)
    assert seen[0].message == "Drafting  ·  1 word"


def test_a_draft_is_put_together_from_sentences_of_the_draws(speaking: Generator) -> None:
    tokenizer = speaking._tokenizer
    decoding = DecodingSpec(draws=12, max_tokens=40, assembly=AssemblySpec())
    table = count_reports(speaking.drawn(films(1), 12))
    assembling = Generator(
        replace(speaking.manifest, decoding=decoding),
        tokenizer,
        speaking.sessions,
        ngrams=table,
    )
    written = assembling.generate(films(2), explains=lambda _text: True)
    drawn = [" ".join(tokenizer.words(ids)) for ids in speaking.drawn(films(2), 12)]
    assert written.others == tuple(drawn)
    assert written.sentences
    assert all(any(s.raw in report for report in drawn) for s in written.sentences)
    assert written.sentences == assembling.generate(films(2)).sentences
    assert [cells.sentence for cells in written.cells] == list(range(len(written.sentences)))


@pytest.mark.parametrize(("normal", "is_whole"), [(0.61, True), (0.6, False), (None, False)])
def test_a_surely_normal_study_keeps_a_whole_draw(
    speaking: Generator, monkeypatch: pytest.MonkeyPatch, normal: float | None, *, is_whole: bool
) -> None:
    known = {} if normal is None else {NORMAL: normal}
    encoded = Generator._encoded
    monkeypatch.setattr(
        Generator, "_encoded", lambda own, *seen: replace(encoded(own, *seen), probabilities=known)
    )
    assembling = Generator(
        replace(
            speaking.manifest,
            decoding=DecodingSpec(
                draws=12, max_tokens=40, assembly=AssemblySpec(surely_normal=0.6)
            ),
        ),
        speaking._tokenizer,
        speaking.sessions,
        ngrams=count_reports(speaking.drawn(films(1), 12)),
    )
    written = assembling.generate(films(2))
    raw = " ".join(sentence.raw for sentence in written.sentences)
    drawn = [" ".join(speaking._tokenizer.words(ids)) for ids in speaking.drawn(films(2), 12)]
    assert len(written.others) == (11 if is_whole else 12)
    assert not is_whole or raw in drawn


def test_an_assembled_draft_has_the_probabilities_of_its_own_words(speaking: Generator) -> None:
    decoding = DecodingSpec(draws=12, max_tokens=40, assembly=AssemblySpec())
    assembling = Generator(
        replace(speaking.manifest, decoding=decoding),
        speaking._tokenizer,
        speaking.sessions,
        ngrams=count_reports(speaking.drawn(films(1), 12)),
    )
    sentences = assembling.generate(films(2)).sentences
    ids = [token for s in sentences for token in speaking._tokenizer.ids(s.raw)]
    scores = speaking.score(films(2), ids)
    first = sentences[0].tokens
    assert sentences[0].log_prob == pytest.approx(scores[:first].sum(), abs=1e-4)
    assert sum(s.log_prob for s in sentences) == pytest.approx(scores.sum(), abs=1e-4)


def test_a_draft_at_its_greatest_length_says_so(generator: Generator) -> None:
    assert CUT_WARNING in generator.generate(films(2)).warnings
    assert CUT_WARNING not in generator.generate(films(1)).warnings


def test_cancel_between_words(generator: Generator) -> None:
    cancel = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.done == 3:
            cancel.cancel()

    with pytest.raises(CancelledError):
        generator.generate(films(2), progress=stop, cancel=cancel)


def test_provider_is_the_one_the_sessions_got(generator: Generator) -> None:
    sessions = generator.sessions
    assert sessions.device.provider == sessions.encoder.get_providers()[0]
    assert sessions.device.provider == sessions.step.get_providers()[0]


def test_every_beam_keeps_its_own_cache(generator: Generator) -> None:
    """Each beam's words, fed one by one to a single row, have the probabilities it was given."""
    step = generator._encoded(films(2)).step
    special = generator._tokenizer.special
    for beam in beam_search(step, DecodingSpec(beam=4, max_tokens=25), special):
        cache = step.start()
        for position, (token, log_prob) in enumerate(zip(beam.ids, beam.log_probs, strict=True)):
            prefix = np.array([[special.bos, *beam.ids[:position]]])
            output = step(prefix, cache)
            cache = output.cache
            assert output.log_probs[0, token] == pytest.approx(log_prob, abs=1e-4)
            assert beam.cross_attention is not None
            assert output.cross_attention is not None
            np.testing.assert_allclose(
                output.cross_attention[0], beam.cross_attention[position], atol=1e-5
            )


@pytest.mark.parametrize("shape", [(3, 3, SIZE, SIZE), (1, 3, 8, 8), (0, 3, SIZE, SIZE)])
def test_films_of_another_shape_are_refused(generator: Generator, shape: tuple[int, ...]) -> None:
    with pytest.raises(InferenceError, match="do not fit"):
        generator.generate(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 16},
        {"heads": 4},
        {"decoder_layers": 3},
        {"mediator_tokens": 5},
    ],
)
def test_graphs_that_do_not_fit_the_description_are_refused(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    write_tiny_bundle(tmp_path, **wrong)
    with pytest.raises(BundleError, match=r"encoder\.onnx is not what its description says"):
        Generator.load(tmp_path)


def test_a_word_table_of_another_model_is_refused(tmp_path: Path) -> None:
    good = tmp_path / "good"
    write_tiny_bundle(good)
    write_tiny_bundle(tmp_path, vocabulary_rows=22)
    with pytest.raises(BundleError, match="belong together"):
        Generator(
            read_manifest(tmp_path),
            Tokenizer.load(tmp_path / TOKENIZER),
            Generator.load(good).sessions,
        )


def test_a_graph_that_is_none_is_refused(tmp_path: Path) -> None:
    manifest = write_tiny_bundle(tmp_path)
    (tmp_path / "step.onnx").write_bytes(b"no graph")
    write_manifest(tmp_path, manifest)
    with pytest.raises(BundleError, match=r"step\.onnx cannot be loaded"):
        Generator.load(tmp_path)


def test_exchanged_graphs_are_refused(tmp_path: Path) -> None:
    manifest = write_tiny_bundle(tmp_path)
    (tmp_path / "step.onnx").write_bytes((tmp_path / "encoder.onnx").read_bytes())
    write_manifest(tmp_path, manifest)
    with pytest.raises(BundleError, match=r"step\.onnx is not what its description says"):
        Generator.load(tmp_path)

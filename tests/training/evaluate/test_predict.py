from dataclasses import replace

from testkit.tiny_bundle import write_tiny_bundle
from testkit.tiny_iu_xray import study, write_split

from training.data.iu_xray import read_split
from training.evaluate.predict import drafts, open_bundle


class Recorder:
    def __init__(self, session):
        self.session, self.views = session, []

    def run(self, names, feed, options):
        self.views.append(feed["view_ids"].tolist())
        return self.session.run(names, feed, options)


def test_a_lateral_film_alone_is_read_as_a_lateral(tmp_path):
    write_tiny_bundle(tmp_path / "bundle")
    shown = (("lateral",), ("frontal",), ("lateral", "frontal"), ("lateral", "lateral"))
    write_split(tmp_path, "a", [study(number, views) for number, views in enumerate(shown)])
    generator = open_bundle(tmp_path / "bundle")
    recorder = Recorder(generator.sessions.encoder)
    generator.sessions = replace(generator.sessions, encoder=recorder)
    assert len(drafts(generator, read_split(tmp_path, "a"))) == 4
    assert recorder.views == [[[1]], [[0]], [[0, 1]], [[1]]]

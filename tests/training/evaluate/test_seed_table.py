import pytest

from training.evaluate.seed_table import COLUMNS, seed_table, spread


def test_the_spread_is_students_interval():
    # 3 values, mean 0.2, deviation 0.1: 4.303 * 0.1 / sqrt(3) = 0.248
    assert spread([0.1, 0.2, 0.3]) == "0.200 ± 0.248"
    assert spread([0.25]) == "0.250"
    assert spread([100, 120]) == "110 ± 127"


def test_ways_without_a_result_are_left_out():
    run = {part: {key: 0.5 for _, _, key in COLUMNS} for part in ("all", "abnormal", "shuffled")}
    lines = seed_table({"done": [run, run], "to come": []}).splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("| done | 2 | 0.500 ± 0.000 |")
    assert lines[0].count("|") == lines[2].count("|") == pytest.approx(len(COLUMNS) + 3)


def test_a_figure_that_a_way_has_not_is_a_dash():
    run = {part: {key: 0.5 for _, _, key in COLUMNS} for part in ("all", "abnormal", "shuffled")}
    del run["all"]["word_loss"], run["all"]["film_worth"]
    assert seed_table({"paper": [run]}).splitlines()[2].endswith("| 0.500 | – | – |")

import pytest

from engine.errors import DamagedFileError
from engine.inference.tokenizer import Tokenizer
from training.data.vocabulary import Vocabulary, build_vocabulary, load_vocabulary

TEXTS = ["the heart is normal .", "the lungs are clear .", "the heart is large ."]


def test_frequent_words_follow_the_special_ids_in_order():
    vocabulary = build_vocabulary(TEXTS, min_count=2)
    assert vocabulary.words == ("<pad>", "<bos>", "<eos>", ".", "<unk>", "heart", "is", "the")


def test_rare_words_become_unknown():
    vocabulary = build_vocabulary(TEXTS, min_count=2)
    assert vocabulary.text(vocabulary.ids("the lungs .")) == "the <unk> ."


def test_text_stops_at_the_end_and_drops_padding():
    vocabulary = build_vocabulary(TEXTS, min_count=2)
    assert vocabulary.text([1, 7, 5, 2, 7, 0]) == "the heart"


def test_product_and_training_read_the_same_ids(tmp_path):
    vocabulary = build_vocabulary(TEXTS, min_count=1)
    path = tmp_path / "tokenizer.json"
    vocabulary.save(path)
    product = Tokenizer.load(path)
    text = "the heart is right-sided , clear ."
    assert product.ids(text) == vocabulary.ids(text)
    assert len(product) == len(vocabulary)
    assert (product.special.pad, product.special.bos, product.special.eos) == (0, 1, 2)
    assert load_vocabulary(path) == vocabulary


def test_a_word_table_of_others_is_refused(tmp_path):
    path = tmp_path / "tokenizer.json"
    Vocabulary(words=("a", "b", "c", "<unk>")).save(path)
    with pytest.raises(DamagedFileError):
        load_vocabulary(path)
    path.write_text("nothing")
    with pytest.raises(DamagedFileError):
        load_vocabulary(path)

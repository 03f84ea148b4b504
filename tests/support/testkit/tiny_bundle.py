"""A real, very small ONNX bundle that follows the graph contract exactly.

Random but fixed weights: it writes nonsense from a real word table, through real graphs with a real
cache, in milliseconds. The text says nothing true about a film, but it depends on the film.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper, parser
from tokenizers import Tokenizer as WordTable
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from engine.domain.bundle import BundleManifest, DecodingSpec, ModelShape, PreprocessSpec
from engine.inference.manifest import write_manifest

SIZE, GRID, WIDTH, HEADS, LAYERS, MEDIATOR = 32, 2, 8, 2, 2, 4
# fmt: off
TABLE = [
    "<pad>", "<bos>", "<eos>", "<unk>", ".", "acute", "are", "clear", "consolidation", "effusion",
    "heart", "is", "large", "lungs", "mild", "no", "normal", "pleural", "size", "the", "xxxx",
]
# fmt: on
POSITIONS = 64
INNER_LOGITS = "mean_of_channels"
"""A tensor inside the encoder that could be the logits of three labels; no output."""

ENCODER = f"""
<ir_version: 10, opset_import: ["" : 20]>
encoder (float[1,views,3,{SIZE},{SIZE}] images, int64[1,views] view_ids) => (
    float[1,{MEDIATOR},{WIDTH}] mediator,
    float[{2 * LAYERS},1,{HEADS},tokens,{WIDTH // HEADS}] memory_kv,
    float[1,{HEADS},cells] rollout, int64[1,{MEDIATOR}] local_cells) {{
  all_pixels = Constant <value_ints = [1, 3, 4]> ()
  {INNER_LOGITS} = ReduceMean <keepdims = 0> (images, all_pixels)
  image_shape = Constant <value_ints = [-1, 3, {SIZE}, {SIZE}]> ()
  films = Reshape (images, image_shape)
  cells_map = AveragePool <kernel_shape = [{SIZE // GRID}, {SIZE // GRID}],
                           strides = [{SIZE // GRID}, {SIZE // GRID}]> (films)
  cells_last = Transpose <perm = [0, 2, 3, 1]> (cells_map)
  cell_shape = Constant <value_ints = [0, {GRID * GRID}, 3]> ()
  grey = Reshape (cells_last, cell_shape)
  visual = MatMul (grey, project)
  view_shape = Constant <value_ints = [-1, 1, {WIDTH}]> ()
  view_rows = Gather (view_table, view_ids)
  view_column = Reshape (view_rows, view_shape)
  marked = Add (visual, view_column)
  flat_shape = Constant <value_ints = [1, -1, {WIDTH}]> ()
  visual_tokens = Reshape (marked, flat_shape)
  cls = ReduceMean <keepdims = 1> (visual_tokens, axis_one)
  memory = Concat <axis = 1> (cls, visual_tokens)
  keys_values = MatMul (memory, memory_weights)
  split_shape = Constant <value_ints = [{2 * LAYERS}, -1, {HEADS}, {WIDTH // HEADS}]> ()
  by_head = Reshape (keys_values, split_shape)
  ordered = Transpose <perm = [0, 2, 1, 3]> (by_head)
  memory_kv = Unsqueeze (ordered, axis_one)
  columns = Transpose <perm = [0, 2, 1]> (visual_tokens)
  scores = MatMul (queries, columns)
  rollout = Softmax <axis = -1> (scores)
  weights, per_head = TopK <axis = -1> (rollout, two)
  cell_list = Constant <value_ints = [1, {MEDIATOR}]> ()
  local_cells = Reshape (per_head, cell_list)
  chosen = Gather <axis = 1> (visual_tokens, local_cells)
  mediator_shape = Constant <value_ints = [1, {MEDIATOR}, {WIDTH}]> ()
  mediator = Reshape (chosen, mediator_shape)
}}
"""

_LAYER = """
  q{i} = MatMul (x{i}, self_q{i})
  k{i} = MatMul (x{i}, self_k{i})
  v{i} = MatMul (x{i}, self_v{i})
  qh{i} = Reshape (q{i}, head_shape)
  kh{i} = Reshape (k{i}, head_shape)
  vh{i} = Reshape (v{i}, head_shape)
  old_k{i} = Gather <axis = 0> (past, at_k{i})
  old_v{i} = Gather <axis = 0> (past, at_v{i})
  all_k{i} = Concat <axis = 2> (old_k{i}, kh{i})
  all_v{i} = Concat <axis = 2> (old_v{i}, vh{i})
  kt{i} = Transpose <perm = [0, 1, 3, 2]> (all_k{i})
  s{i} = MatMul (qh{i}, kt{i})
  a{i} = Softmax <axis = -1> (s{i})
  o{i} = MatMul (a{i}, all_v{i})
  of{i} = Reshape (o{i}, row_shape)
  y{i} = Add (x{i}, of{i})
  cq{i} = MatMul (y{i}, cross_q{i})
  cqh{i} = Reshape (cq{i}, head_shape)
  mk{i} = Gather <axis = 0> (memory_kv, at_k{i})
  mv{i} = Gather <axis = 0> (memory_kv, at_v{i})
  mkt{i} = Transpose <perm = [0, 1, 3, 2]> (mk{i})
  cs{i} = MatMul (cqh{i}, mkt{i})
  ca{i} = Softmax <axis = -1> (cs{i})
  co{i} = MatMul (ca{i}, mv{i})
  cof{i} = Reshape (co{i}, row_shape)
  x{j} = Add (y{i}, cof{i})
  pk{i} = Unsqueeze (all_k{i}, axis_zero)
  pv{i} = Unsqueeze (all_v{i}, axis_zero)
"""

STEP = f"""
<ir_version: 10, opset_import: ["" : 20]>
step (int64[n,t] ids, float[1,{MEDIATOR},{WIDTH}] mediator,
      float[{2 * LAYERS},1,{HEADS},tokens,{WIDTH // HEADS}] memory_kv,
      float[{2 * LAYERS},n,{HEADS},before,{WIDTH // HEADS}] past) => (
      float[n,rows] log_probs,
      float[{2 * LAYERS},n,{HEADS},t,{WIDTH // HEADS}] present,
      float[n,tokens] cross_attention) {{
  head_shape = Constant <value_ints = [0, {HEADS}, 1, {WIDTH // HEADS}]> ()
  row_shape = Constant <value_ints = [0, {WIDTH}]> ()
  newest = Gather <axis = 1> (ids, last)
  word = Gather (word_table, newest)
  length = Shape <start = 1, end = 2> (ids)
  wrapped = Mod (length, positions)
  position = Gather (position_table, wrapped)
  anchor = ReduceMean <keepdims = 0> (mediator, axis_one)
  placed = Add (word, position)
  x0 = Add (placed, anchor)
{"".join(_LAYER.format(i=i, j=i + 1) for i in range(LAYERS))}
  present = Concat <axis = 0> ({", ".join(f"pk{i}, pv{i}" for i in range(LAYERS))})
  logits = MatMul (x{LAYERS}, head)
  weighed = Add (logits, bias)
  scripted = Gather (script, wrapped)
  biased = Add (weighed, scripted)
  log_probs = LogSoftmax <axis = -1> (biased)
  both = Concat <axis = 1> ({", ".join(f"ca{i}" for i in range(LAYERS))})
  averaged = ReduceMean <keepdims = 0> (both, axis_one)
  cross_attention = Squeeze (averaged, axis_one)
}}
"""


def write_tiny_bundle(
    folder: Path, *, endless: bool = False, says: str = "", **shape: object
) -> BundleManifest:
    """Write the bundle into a folder, which is made.

    Args:
        folder: Folder to write to.
        endless: The model never ends its report, so that the draft has to be cancelled.
        says: Text for every film, in the model's lower-case words with " . " after each sentence;
            empty to let the weights decide.
        shape: Fields of `ModelShape` to set wrongly in the manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _save_graph(ENCODER, _encoder_weights(), folder / "encoder.onnx")
    words = [*TABLE, *sorted(set(says.split()) - set(TABLE))]
    weights = _step_weights(words, says, end_bias=-100.0 if endless else -3.0)
    _save_graph(STEP, weights, folder / "step.onnx")
    table = WordTable(WordLevel({word: i for i, word in enumerate(words)}, "<unk>"))
    table.pre_tokenizer = WhitespaceSplit()
    table.save(str(folder / "tokenizer.json"))
    sizes = {
        "width": WIDTH,
        "heads": HEADS,
        "decoder_layers": LAYERS,
        "mediator_tokens": MEDIATOR,
        "grid": GRID,
        "views": (1, 2),
        "vocabulary_rows": len(words),
    }
    manifest = BundleManifest(
        format_version=1,
        bundle_id="tiny",
        version="0.0",
        created="2026-01-01T00:00:00+00:00",
        ldm="causal",
        licence="For tests only.",
        intended_use="Tests of the product; its text means nothing.",
        shape=ModelShape(**{**sizes, **shape}),  # type: ignore[arg-type] # wrong on purpose
        preprocess=PreprocessSpec(size=SIZE),
        decoding=DecodingSpec(max_tokens=1_000_000 if endless else 40),
        files=(),
    )
    return write_manifest(folder, manifest)


def _encoder_weights() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {
        "project": _normal(random, 3, WIDTH),
        "view_table": _normal(random, 2, WIDTH),
        "memory_weights": _normal(random, 2 * LAYERS, WIDTH, WIDTH),
        "queries": _normal(random, 1, HEADS, WIDTH),
        "axis_one": np.array([1]),
        "two": np.array([MEDIATOR // HEADS]),
    }


def _step_weights(words: list[str], says: str, end_bias: float) -> dict[str, np.ndarray]:
    random = np.random.default_rng(2)
    bias = np.zeros(len(words), dtype=np.float32)
    bias[[TABLE.index(word) for word in ("<pad>", "<bos>", "<unk>", "xxxx")]] = -9.0
    bias[TABLE.index("<eos>")] = end_bias
    # Row t biases the word after t ids, BOS among them.
    script = np.zeros((POSITIONS, len(words)), dtype=np.float32)
    for position, word in enumerate((*says.split(), "<eos>") if says else ()):
        script[position + 1, words.index(word)] = 40.0
    weights = {
        "word_table": 8 * _normal(random, len(words), WIDTH),
        "position_table": 8 * _normal(random, POSITIONS, WIDTH),
        "head": _normal(random, WIDTH, len(words)),
        "bias": bias,
        "script": script,
        "axis_zero": np.array([0]),
        "axis_one": np.array([1]),
        "last": np.array(-1),
        "positions": np.array([POSITIONS]),
    }
    for layer in range(LAYERS):
        for name in ("self_q", "self_k", "self_v", "cross_q"):
            weights[f"{name}{layer}"] = _normal(random, WIDTH, WIDTH)
        weights[f"at_k{layer}"] = np.array(2 * layer)
        weights[f"at_v{layer}"] = np.array(2 * layer + 1)
    return weights


def _normal(random: np.random.Generator, *sizes: int) -> np.ndarray:
    return np.asarray(random.normal(size=sizes) / np.sqrt(sizes[-2]), dtype=np.float32)


def _save_graph(text: str, weights: dict[str, np.ndarray], path: Path) -> None:
    model = parser.parse_model(text)
    model.graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in weights.items()
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))

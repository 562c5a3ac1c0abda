// Question: do spans help on STS-B, or a vector of all tokens in place of that of the first?
// Reason: all-mpnet-base-v2 was trained with the mean of its token vectors as sentence vector. On STS-B, main.jsonnet
// has 7 points more with spans than without, and in its first seeds the control `flat`, blind to the spans, as many.
// Paper: none; Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) use the vector of the first token.
// Answer: the gain is one of pooling if `mean` scores significantly higher than `first`, and neither `spans` nor
// `spans_mean` significantly higher than `mean`. Spans help if `spans_mean` scores significantly higher than `mean`,
// and higher than `flat_mean`. Otherwise the study does not decide.
// Registered: this file was committed before its first run. Its seeds are fresh.
local controls = import '../controls.libsonnet';
local base = import 'base.libsonnet';
local mean = { encoder: { pooling: 'mean' } };

{
  base: base.spans('stsb', 5e-5) {
    training+: { precision: 'fp32' },  // as in main.jsonnet
  },
  base_name: 'spans',
  about: 'Do spans help on STS-B, or a vector of all tokens?',
  hypothesis: 'Without spans, the mean of the token vectors scores as high as the first token with spans.',
  seeds: [11, 12, 13, 14, 15],
  arms: {
    mean: { patch: mean { aggregator: 'none' }, tags: ['control'], about: 'mean of the token vectors, without spans' },
    first: { patch: { aggregator: 'none' }, tags: ['control'], about: 'vector of the first token, without spans' },
    spans_mean: { patch: mean, about: 'spans beside the mean of the token vectors' },
    flat_mean: controls.flat { patch+: mean },
  },
  baseline: 'mean',
  margin: 1.0,
  keep_weights: 'none',
}

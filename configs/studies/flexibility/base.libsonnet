// What the two studies of one span setting per task share: the tasks, and the settings from which each task chooses.
local base = import '../base.libsonnet';
local dictionary(options) = { dictionary: { type: 'filtered', dictionary: { type: 'file', path: 'dictionary.parquet' } } + options };

base() {
  // fp32, since processors without bf16 instructions take eight times as long in bf16
  base+: { training+: { precision: 'fp32', evaluate_every: null, checkpoint_every: null } },
  tasks: { [task]: { task: task } for task in ['rte', 'mrpc', 'cola', 'stsb'] },
  baseline: 'plain',
  keep_weights: 'none',
  // `spans` is spanreg's default; each of the others changes it in one place
  settings:: {
    spans: {},
    backward: { segmenter: { type: 'max_match', direction: 'backward' } },
    viterbi: { segmenter: 'viterbi' },
    pairs: dictionary({ max_n: 2 }),
    frequent: dictionary({ at_least: { count: 500 } }),
    wide: { aggregator: { kernel_size: 5 } },
    attentive: { aggregator: 'self_attentive' },
    endpoints: { aggregator: 'endpoint' },
    gate: { fusion: 'gate' },
    single: { segmenter: 'single' },
  },
}

// What the studies with a base-size encoder share: all-mpnet-base-v2 (110 M parameters, Apache-2.0), fine-tuned on at
// most 1,000 examples of a task. All of the training sets would take 54 hours on two cores; a thousand examples take a
// third, and few examples are where knowledge of spans that the encoder lacks would help most.
//
// dictionaries, of 306 MB of English Wikipedia:
//   spanreg sample-dictionary 'wikipedia-en-2015/*.txt.zst' -o dictionary.parquet
//   spanreg sample-dictionary 'wikipedia-en-2015/*.txt.zst' -o released.parquet --words whitespace --lowercase after --punctuation drop
local glue = import '../../glue/base.libsonnet';
local released = import '../../released/base.libsonnet';
local encoder = 'sentence-transformers/all-mpnet-base-v2';
local examples = { train: 1000 };

{
  spans(task, learning_rate):: glue(task, encoder=encoder, learning_rate=learning_rate, batch_size=16) {
    data+: { limit: examples },
    // A table has the last weights' scores, so that other evaluations, and checkpoints of 1.3 GB, would be wasted.
    training+: { precision: 'bf16', evaluate_every: null, checkpoint_every: null },
  },
  // The authors' setting as an arm beside it: every component and option in which the two differ.
  released:: {
    local setting = released({}, encoder=encoder),
    encoder: { pooling: setting.encoder.pooling },
    dictionary: setting.dictionary,
    segmenter: setting.segmenter,
    aggregator: setting.aggregator,
    fusion: setting.fusion,
    training: setting.training { load: 'last' },  // the best epoch on dev would be chosen on the examples of the table
  },
}

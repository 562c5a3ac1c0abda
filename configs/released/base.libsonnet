// What the configs of the released setting share: span fine-tuning exactly as the authors' code runs it.
// docs/the_paper.md goes through it point by point. "[O]" marks what their code does not settle.
//
// data        the reader
// encoder     a hub name, a folder, or pkg:package/folder; it needs a pooler
// dictionary  what this wrote (the corpus of the paper is not known):
//             spanreg sample-dictionary CORPUS -o released.parquet --words whitespace --lowercase after --punctuation drop
// epochs, batch_size, learning_rate, warmup: of the fine-tuning; by default those of the released argument parser
// max_tokens, max_spans: longest sequence in tokens (max_seq_len) and in spans (max_chunk_number)
function(
  data,
  encoder='albert-xxlarge-v2',
  dictionary='released.parquet',
  epochs=3,
  batch_size=16,
  learning_rate=3e-5,
  warmup=0.1,
  max_tokens=128,
  max_spans=64,
) {
  seed: 42,
  data: data,
  encoder: { type: 'pretrained', model: encoder, pooling: 'pooler' },
  dictionary: { type: 'file', path: dictionary, words: 'whitespace' },
  segmenter: { type: 'released_max_match', max_n: 5 },
  aggregator: { type: 'released_cnn', row: 16, slots: max_spans, dropout: 0.1 },
  // Without --do_concat, which the released script does not pass, the classifier sees the CNN's vector alone.
  fusion: { type: 'span_only', dropout: 0.1 },
  training: {
    epochs: epochs,
    batch_size: batch_size,
    optimizer: 'bert_adam',
    learning_rate: learning_rate,
    warmup: warmup,
    weight_decay: 0.01,
    max_tokens: max_tokens,
    truncation: 'released',
    max_spans: max_spans,
    group_by_length: false,
    load: 'best',  // the best epoch on dev is the one that is reported
  },
}

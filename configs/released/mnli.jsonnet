// MNLI in the released setting: does a premise entail or contradict a hypothesis?
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their code.
// Hyper-parameters: as in the released script.
// Expected: not known; the paper's result tables are not available here.
// Another encoder: --set encoder.model=bert-base-uncased
local encoder = 'albert-xxlarge-v2';  // as published; also bert-base-uncased, bert-large-uncased
local dictionary = 'released.parquet';

local released = import 'base.libsonnet';

released(
  { type: 'glue', task: 'mnli' },
  encoder=encoder,
  dictionary=dictionary,
  epochs=3,
  batch_size=64,
  learning_rate=3e-5,
  warmup=0.1,
  max_tokens=256,
  max_spans=128,
)

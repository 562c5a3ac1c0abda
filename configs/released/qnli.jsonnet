// QNLI in the released setting: does a sentence answer a question?
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848); their code.
// Hyper-parameters: as in the released script.
// Expected: not known; the paper's result tables are not available here.
// Another encoder: --set encoder.model=bert-base-uncased
local encoder = 'albert-xxlarge-v2';  // as published; also bert-base-uncased, bert-large-uncased
local dictionary = 'released.parquet';

local released = import 'base.libsonnet';

released(
  { type: 'glue', task: 'qnli' },
  encoder=encoder,
  dictionary=dictionary,
  epochs=10,
  batch_size=32,
  learning_rate=1e-5,
  warmup=0.06,
  max_tokens=256,
  max_spans=128,
)

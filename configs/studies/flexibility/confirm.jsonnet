// Question: is a span setting of its own for each task better than one setting for all tasks?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): span settings can be chosen for the task without pre-training.
// Answer: choose.jsonnet chose `attentive` for all tasks, and for RTE and STS-B as well; `wide` for CoLA and `endpoints`
// for MRPC. A setting for each task helps if `wide` on CoLA and `endpoints` on MRPC both score higher than `attentive`
// there, one of them significantly. Spans help if the chosen setting scores significantly higher than `plain` on two tasks.
// Registered: this file was committed before its first run. The validation sets chose nothing.
local study = import 'base.libsonnet';

study {
  base+: study.settings.attentive { data+: { limit: { train: 1000 } } },
  base_name: 'attentive',
  about: 'Is a span setting of its own for each task better than one setting for all?',
  hypothesis: 'The setting that held-out examples chose for a task scores higher than the one that they chose for all tasks.',
  seeds: [1, 2, 3, 4, 5],
  compare: 'all',
  arms: {
    plain: { aggregator: 'none' },
    // written out, since the base has another aggregator than that which `settings.wide` changes
    wide: { aggregator: { type: 'hierarchical_cnn', kernel_size: 5 } },
    endpoints: study.settings.endpoints,
  },
}

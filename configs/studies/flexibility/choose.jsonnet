// Question: which span setting suits each task?
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848): span settings can be chosen for the task without pre-training.
// Answer: for each task, of the ten settings the one with the highest mean main score on 1,000 examples of the training
// set that no run is trained on; and the one with the best mean rank over the four tasks, for all of them.
// Result: docs/results/flexibility.md. The ten settings do not differ beyond noise.
// Registered: this file was committed before its first run. confirm.jsonnet compares the choices on other examples.
local study = import 'base.libsonnet';
local held_out(task) = { type: 'held_out', data: { type: 'glue', task: task, limit: { train: 2000 } }, share: 0.5 };

study {
  base+: { data: held_out('rte') },
  about: 'Which span setting suits each task, on held-out examples of its training set?',
  seeds: [101, 102],
  tasks: { [task]: { data: { task: task } } for task in std.objectFields(study.tasks) },
  arms: { [name]: study.settings[name] for name in std.objectFields(study.settings) if name != 'spans' } + {
    plain: { aggregator: 'none' },
  },
}

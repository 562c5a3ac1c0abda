// MRPC with the mean of each span, averaged over the spans; it has no weights.
// Paper: none; the simplest use of spans.
// Expected: not measured; with the hierarchical CNN F1 85.2 ± 0.8 (docs/results/first_runs.md).
local base = import 'base.libsonnet';

base({ type: 'mean_pool' })

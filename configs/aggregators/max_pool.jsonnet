// MRPC with the maximum of each span, averaged over the spans; it has no weights.
// Paper: none.
// Expected: not measured; with the hierarchical CNN F1 85.2 ± 0.8 (docs/results/first_runs.md).
local base = import 'base.libsonnet';

base({ type: 'max_pool' })

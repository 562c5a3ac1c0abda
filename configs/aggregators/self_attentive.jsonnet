// MRPC with attention within each span, then over the spans.
// Paper: Lee et al., End-to-end Neural Coreference Resolution, 2017, for the attention within a span.
// Expected: not measured; with the hierarchical CNN F1 85.2 ± 0.8 (docs/results/first_runs.md).
local base = import 'base.libsonnet';

base({ type: 'self_attentive' })

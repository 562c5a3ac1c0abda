// MRPC with the maximum of each span, averaged over the spans; it has no weights.
// Paper: none.
// Expected: see docs/results/findings.md for measured scores.
local base = import 'base.libsonnet';

base({ type: 'max_pool' })

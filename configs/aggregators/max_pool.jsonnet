// MRPC with the largest values of each span, averaged over the spans; no weights of its own.
// Paper: none.
// Expected: docs/results.md holds what has been measured.
local base = import 'base.libsonnet';

base({ type: 'max_pool' })

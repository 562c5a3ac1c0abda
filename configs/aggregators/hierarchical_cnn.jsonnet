// MRPC with the hierarchical CNN: convolution and maximum within each span, then over the spans.
// Paper: Bao, Zhang and Zhao, Span Fine-tuning for Pre-trained Language Models, 2021 (arXiv 2108.12848).
// Expected: F1 85.2 ± 0.8, accuracy 77.8 ± 1.0 on the dev set, three seeds (docs/results/first_runs.md).
local kernel_size = 3;
local channels = 256;

local base = import 'base.libsonnet';

base({ type: 'hierarchical_cnn', kernel_size: kernel_size, channels: channels })

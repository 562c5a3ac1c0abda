// Control arms, without which a gain of spans proves nothing.
// Paper: Bao, Zhang and Zhao, 2021 (arXiv 2108.12848), for a flat CNN and random spans; the others are our choice.
{
  plain: { patch: { aggregator: 'none' }, tags: ['control'], about: 'fine-tuning without spans' },
  flat: {
    patch: { aggregator: 'flat_cnn' },
    tags: ['control'],
    about: 'as many weights, blind to spans: is it capacity?',
  },
  random: {
    patch: { segmenter: 'random' },
    tags: ['control'],
    about: 'as many spans of the same lengths, elsewhere: is it these spans?',
  },
  single: { patch: { segmenter: 'single' }, tags: ['control'], about: 'every word a span: is it spans of several words?' },
  whole: { patch: { segmenter: 'whole' }, tags: ['control'], about: 'one span: is it boundaries at all?' },
}

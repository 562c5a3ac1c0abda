// Arms without which a gain of spans proves nothing.
// Paper: none; which controls a claim about spans needs is our judgement.
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

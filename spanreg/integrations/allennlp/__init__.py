"""Read archives of AllenNLP 2.x: config, vocabulary, and weights for classes that are registered here.

``read_archive("model.tar.gz").vocabulary.size("labels")``
"""

from spanreg.integrations.allennlp.archive import AllenNlpArchive, read_archive
from spanreg.integrations.allennlp.translation import TranslatedConfig
from spanreg.integrations.allennlp.vocabulary import Vocabulary

__all__ = ["AllenNlpArchive", "TranslatedConfig", "Vocabulary", "read_archive"]

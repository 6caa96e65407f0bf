"""flair's tagger over the same encoder, with the weights of the exported student; the setting is the batch size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import flair
import torch
from _prediction import Predict, Spans, contest
from flair.data import Dictionary, Sentence
from flair.embeddings import TransformerWordEmbeddings
from flair.models import SequenceTagger
from transformers import AutoModelForTokenClassification


def load(folder: Path, setting: str) -> Predict:
    """A tagger with a linear head, as flair fine-tunes transformers."""
    flair.device = torch.device("cpu")
    trained = AutoModelForTokenClassification.from_pretrained(folder)
    labels = Dictionary(add_unk=False)
    labels.span_labels = True
    for label in dict.fromkeys(name[2:] for name in trained.config.id2label.values() if name != "O"):
        labels.add_item(label)
    embeddings = TransformerWordEmbeddings(str(folder), layers="-1", subtoken_pooling="first", fine_tune=True)
    tagger = SequenceTagger(
        embeddings, labels, "ner", use_rnn=False, use_crf=False, reproject_embeddings=False, tag_format="BIO"
    )
    _take_head(tagger, trained)
    tagger.eval()

    def predict(texts: Sequence[str]) -> list[Spans]:
        sentences = [Sentence(text) for text in texts]
        tagger.predict([each for each in sentences if len(each)], mini_batch_size=int(setting))
        return [
            [
                (span.start_position, span.end_position, span.get_label("ner").value)
                for span in sentence.get_spans("ner")
            ]
            for sentence in sentences
        ]

    return predict


def _take_head(tagger: SequenceTagger, trained: torch.nn.Module) -> None:
    """Rows of the head in the order of flair's tags; those that flair adds for itself never win."""
    places = {name: number for number, name in trained.config.id2label.items()}
    with torch.no_grad():
        for number, tag in enumerate(tagger.label_dictionary.get_items()):
            known = tag in places
            tagger.linear.weight[number] = trained.classifier.weight[places[tag]] if known else 0.0
            tagger.linear.bias[number] = trained.classifier.bias[places[tag]] if known else -1e9


if __name__ == "__main__":
    contest(load, "flair", "torch")

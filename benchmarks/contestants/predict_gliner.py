"""GLiNER's architecture at its own speed: its small model's shape with random weights, since no hub is asked.

The pieces are those of the exported student's tokenizer; the setting is the batch size. What it finds means nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from _prediction import Predict, Spans, contest
from gliner import GLiNER, GLiNERConfig
from transformers import DebertaV2Config

LABELS = ["person", "organisation", "location", "other name"]

# that of microsoft/deberta-v3-small, which gliner_small is built on
ENCODER = DebertaV2Config(
    vocab_size=30522,
    hidden_size=768,
    num_hidden_layers=6,
    num_attention_heads=12,
    intermediate_size=3072,
    relative_attention=True,
    position_buckets=256,
    norm_rel_ebd="layer_norm",
    share_att_key=True,
    pos_att_type=["p2c", "c2p"],
    position_biased_input=False,
    max_position_embeddings=512,
    type_vocab_size=0,
)


def load(folder: Path, setting: str) -> Predict:
    """A model made of its configuration."""
    warnings.simplefilter("ignore")
    config = GLiNERConfig(model_name=str(folder), encoder_config=ENCODER.to_dict(), hidden_size=512, max_width=12)
    model = GLiNER.from_config(config, backbone_from_pretrained=False)
    model.eval()

    def predict(texts: Sequence[str]) -> list[Spans]:
        # at this threshold an untrained model finds nothing, so that decoding costs what it costs a trained one
        found = model.inference([text or " " for text in texts], LABELS, threshold=0.9, batch_size=int(setting))
        return [[(name["start"], name["end"], name["label"]) for name in names] for names in found]

    return predict


if __name__ == "__main__":
    contest(load, "gliner", "torch", "transformers")

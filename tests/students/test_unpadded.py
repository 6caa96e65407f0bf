"""A batch without padding is the padded batch: the same logits, the same gradients, for every family that is let in."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from families import byte_level, write_encoder
from transformers import (
    BertConfig,
    BertModel,
    CamembertConfig,
    CamembertModel,
    DistilBertConfig,
    DistilBertModel,
    ElectraConfig,
    ElectraModel,
    ModernBertConfig,
    ModernBertModel,
    RobertaConfig,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from vermeil.data import Example, Span
from vermeil.students.transformer.batches import in_parts
from vermeil.students.transformer.student import Transformer
from vermeil.students.transformer.unpadded import FAMILIES, can_go_unpadded

TRIED = {
    "bert": (BertModel, BertConfig),
    "camembert": (CamembertModel, CamembertConfig),
    "distilbert": (DistilBertModel, DistilBertConfig),
    "electra": (ElectraModel, ElectraConfig),
    "roberta": (RobertaModel, RobertaConfig),
    "xlm-roberta": (XLMRobertaModel, XLMRobertaConfig),
}
BATCH = [
    Example("Alice Moreno flew to Lima.", (Span(0, 12, "PER"), Span(21, 25, "LOC"))),
    Example("Lima", (Span(0, 4, "LOC"),)),
    Example("Nobody believed the baker's son. " * 3),
    Example("The mayor of Port Evelyn met nobody.", (Span(13, 24, "LOC"),)),
    Example("Alice", (Span(0, 5, "PER"),)),
]


def encoder(folder: Path, family: str) -> Path:
    return write_encoder(folder, byte_level(), *TRIED[family], positions=300, padding=1)


def gradients(learner: Transformer, *, unpadded: bool) -> dict[str, torch.Tensor]:
    learner._learning._unpadded = unpadded
    learner.start_stage(9)
    loss = learner.learn(BATCH)
    found = {name: each.grad.clone() for name, each in learner.network.named_parameters() if each.grad is not None}
    return found | {"loss": torch.tensor(loss)}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_it_is_the_padded_batch_but_for_rounding(tmp_path: Path, family: str):
    two = [Transformer(encoder(tmp_path / "e", family), ["PER", "LOC"]) for _ in range(2)]
    assert can_go_unpadded(two[0].network)
    left, right = (gradients(each, unpadded=how) for each, how in zip(two, (True, False), strict=True))
    assert left.keys() == right.keys()
    for name, values in left.items():
        torch.testing.assert_close(values, right[name], rtol=1e-4, atol=1e-6, msg=name)


def test_texts_of_one_batch_do_not_see_each_other(tmp_path: Path):
    learner = Transformer(encoder(tmp_path / "e", "bert"), ["PER", "LOC"])
    part = learner._learning.parts([row for each in BATCH for row in learner._rows(each)])[0]
    with learner._learning.step(0), torch.no_grad():
        together = learner._learning.logits(part)
        alone = torch.cat([learner._learning.logits([row]) for row in part])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-6)


def test_a_network_that_mixes_pieces_elsewhere_is_padded(tmp_path: Path):
    tokenizer = byte_level()
    size = tokenizer.get_vocab_size()
    pieces = dict.fromkeys(("pad_token_id", "eos_token_id", "bos_token_id", "cls_token_id", "sep_token_id"), 0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = ModernBertConfig(vocab_size=size, **sizes, **pieces)
    assert not can_go_unpadded(ModernBertModel(config))


def test_prediction_is_left_as_it_was(tmp_path: Path):
    learner = Transformer(encoder(tmp_path / "e", "bert"), ["PER", "LOC"])
    before = learner.network.config._attn_implementation
    learner.start_stage(1)
    learner.learn(BATCH)
    assert learner.network.config._attn_implementation == before


def test_parts_hold_no_more_pieces_than_they_may_and_every_row_once(tmp_path: Path):
    learner = Transformer(encoder(tmp_path / "e", "bert"), ["PER", "LOC"])
    rows = [row for each in BATCH for row in learner._rows(each)]
    parts = in_parts(rows, 40)
    assert sorted(row for part in parts for row in part) == sorted(rows)
    assert all(len(part) == 1 or sum(len(row.ids) for row in part) <= 40 for part in parts)
    lengths = [len(row.ids) for part in parts for row in part]
    assert lengths == sorted(lengths, reverse=True)

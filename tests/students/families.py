"""Tiny tokenizers of seven families and tiny encoders, trained on invented sentences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

from vermeil.students.transformer.quiet import quiet

SENTENCES = (
    "Alice Moreno flew to Lima, where the mayor met her.",
    "The Harbour Museum in Port Evelyn bought 40 boats from J. Okafor-Smith.",
    "Nobody in Grünwald believed Émile Łukasz, the baker's son.",
    "東京でアリスが働いている。 Цена выросла на 5%.",
)
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def word_piece() -> Tokenizer:
    """BERT: accents stripped, lower case, punctuation apart."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return _trained(tokenizer, trainers.WordPieceTrainer(vocab_size=220, special_tokens=SPECIALS, show_progress=False))


def byte_level() -> Tokenizer:
    """RoBERTa and GPT: pieces of bytes, the space belongs to the next word."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=330, special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False
    )
    return _trained(tokenizer, trainer)


def unigram() -> Tokenizer:
    """XLM-R and T5: words end at spaces only."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=150, special_tokens=SPECIALS, unk_token="[UNK]", show_progress=False)
    return _trained(tokenizer, trainer)


def whole_text() -> Tokenizer:
    """Llama and Gemma: no pre-tokenisation at all, spaces are ordinary characters."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return _trained(tokenizer, trainers.BpeTrainer(vocab_size=120, special_tokens=SPECIALS, show_progress=False))


def whole_word() -> Tokenizer:
    """A list of words."""
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return _trained(tokenizer, trainers.WordLevelTrainer(special_tokens=SPECIALS, show_progress=False))


def characters() -> Tokenizer:
    """Every character is a piece; what it never saw, it drops."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return _trained(tokenizer, trainers.BpeTrainer(vocab_size=60, special_tokens=SPECIALS, show_progress=False))


FAMILIES: dict[str, Callable[[], Tokenizer]] = {
    family.__name__: family for family in (word_piece, byte_level, unigram, whole_text, whole_word, characters)
}


def write_encoder(
    folder: Path,
    tokenizer: Tokenizer,
    network: type[PreTrainedModel] = BertModel,
    config: type[PretrainedConfig] = BertConfig,
    *,
    positions: int = 64,
    padding: int = 0,
) -> Path:
    """A random encoder of two layers with that tokenizer, as a folder."""
    with torch.random.fork_rng(), quiet():
        torch.manual_seed(0)
        network(
            config(
                vocab_size=tokenizer.get_vocab_size(),
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=64,
                max_position_embeddings=positions,
                pad_token_id=padding,
            )
        ).save_pretrained(str(folder))
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            pad_token="[PAD]",
            unk_token="[UNK]",
            cls_token="[CLS]",
            sep_token="[SEP]",
        ).save_pretrained(str(folder))
    return folder


def _trained(tokenizer: Tokenizer, trainer: object) -> Tokenizer:
    tokenizer.train_from_iterator(SENTENCES * 5, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer

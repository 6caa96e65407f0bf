"""Quotes find their place, the right one, or are lost for a reason that is said."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.align import Alignment, Quote, align
from vermeil.align._boundaries import Cuts
from vermeil.align._folding import fold


def aligned(text: str, *quotes: str, ordered: bool = True) -> Alignment:
    return align([Quote(quote, "X") for quote in quotes], text, ordered=ordered)


def found(text: str, *quotes: str, ordered: bool = True) -> list[tuple[str, int]]:
    return [(text[span.start : span.end], span.start) for span in aligned(text, *quotes, ordered=ordered).spans]


def reasons(text: str, *quotes: str) -> list[str]:
    return [lost.reason for lost in aligned(text, *quotes).lost]


# --- which occurrence


def test_equal_quotes_take_one_occurrence_after_the_other() -> None:
    text = "Lima, Quito, Lima and Lima."
    quotes = [Quote("Lima", "A"), Quote("Quito", "B"), Quote("Lima", "C")]
    assert [(s.start, s.label) for s in align(quotes, text).spans] == [(0, "A"), (6, "B"), (13, "C")]


def test_a_quote_between_two_others_takes_the_occurrence_between_them() -> None:
    assert found("Paris: Alice left Paris with Bob for Paris.", "Alice", "Paris", "Bob")[1] == ("Paris", 18)


def test_one_quote_out_of_order_costs_only_itself_its_turn() -> None:
    text = "Carol and Paris: Alice left Paris with Bob."
    assert found(text, "Alice", "Paris", "Bob", "Carol") == [("Carol", 0), ("Alice", 17), ("Paris", 28), ("Bob", 39)]


def test_a_list_in_no_order_is_placed_all_the_same() -> None:
    text = "Paris sent Alice to Lima; Bob stayed in Paris."
    assert len(found(text, "Bob", "Alice", "Paris", "Paris", "Lima")) == 5


def test_without_an_order_each_quote_takes_its_first_free_place() -> None:
    text = "Paris: Alice flew to Lima with Bob, then to Paris."
    assert ("Paris", 0) in found(text, "Alice", "Bob", "Lima", "Paris", ordered=False)


def test_equal_quotes_keep_their_order_even_in_a_list_in_no_order() -> None:
    text = "LIMA sent Ann to Lima."
    quotes = [Quote("Lima", "first"), Quote("Ann", "X"), Quote("Lima", "second")]
    assert [s.label for s in align(quotes, text).spans] == ["first", "X", "second"]


@pytest.mark.parametrize("quotes", [("Paris Hilton", "Paris"), ("Paris", "Paris Hilton")])
@pytest.mark.parametrize("text", ["Paris Hilton flew to Paris.", "In Paris, Paris Hilton slept."])
def test_a_short_name_is_not_looked_for_inside_a_longer_listed_one(text: str, quotes: tuple[str, str]) -> None:
    start = text.replace("Paris Hilton", "_" * 12).index("Paris")
    assert ("Paris", start) in found(text, *quotes)
    assert not aligned(text, *quotes).lost


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_names_for_one_place_the_longer_stays(order: int) -> None:
    quotes = [Quote("New York", "LOC"), Quote("New York Times", "ORG")][::order]
    result = align(quotes, "The New York Times says so.")
    assert [s.label for s in result.spans] == ["ORG"]
    assert [(lost.text, lost.reason) for lost in result.lost] == [("New York", "overlaps ORG 'New York Times'")]


def test_a_quote_listed_too_often_is_lost() -> None:
    assert reasons("Lima.", "Lima", "Lima") == ["occurs only once"]
    assert reasons("Lima, Lima.", "Lima", "Lima", "Lima") == ["occurs only 2 times"]


def test_the_way_it_was_found_and_the_confidence_travel_with_the_span() -> None:
    text = "Ann met BOB STONE near Peterborogh."
    quotes = [Quote("Ann", "X", 0.5), Quote("Bob Stone", "X"), Quote("Peterborough", "X")]
    spans = align(quotes, text).spans
    assert [(s.found, s.score) for s in spans] == [("exact", 0.5), ("normalised", None), ("fuzzy", None)]


# --- what counts as the same name


@pytest.mark.parametrize(
    ("quote", "text", "whole"),
    [
        ("Saint-Etienne", "Saint-Étienne won.", "Saint-Étienne"),
        ("Saint-Étienne", "Saint-E\u0301tienne won.", "Saint-E\u0301tienne"),
        ("Jose", "Jose\u0301 sang.", "Jose\u0301"),
        ("J. O'Neil-Smith", "So J. O’Neil–Smith said.", "J. O’Neil–Smith"),
        ("New York", "In New\u00a0\n York now.", "New\u00a0\n York"),
        ("AT&T", "Shares of AT & T rose.", "AT & T"),
        ('the "Old" Mill', "At the `` Old '' Mill.", "the `` Old '' Mill"),
        ("nato", "NATO met.", "NATO"),
        ("Bob", "BOB WINS", "BOB"),
        ("Straße", "STRASSE 5", "STRASSE"),
        ("ﬁnance", "finance", "finance"),
        ("Łódź", "in Lodz.", "Lodz"),
        ("St Louis", "St. Louis lost.", "St. Louis"),
        ("Al Qamar", "the Al-Qamar group", "Al-Qamar"),
        ("Peterborough United", "Peterborogh United lost.", "Peterborogh United"),
        ("👍", "a 👍🏽 b", "👍🏽"),
        ("  Lima ", "To Lima.", "Lima"),
        ("Lima.", "To Lima, then.", "Lima"),
    ],
)
def test_other_spellings_of_a_name_find_the_whole_name(quote: str, text: str, whole: str) -> None:
    assert [words for words, _ in found(text, quote)] == [whole]


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("US", "The UK voted."),
        ("US", "Join us."),
        ("WHO", "People who sing."),
        ("Iran", "Iraq won."),
        ("Austria", "Australia won."),
        ("Slovakia", "Slovenia won."),
        ("Argentina", "Argentine beef."),
        ("Christine Wells", "Christina Wells came."),
        ("Mary Smith", "Mark Smith came."),
        ("North Korea", "South Korea won."),
        ("Boeing 737", "A Boeing 747."),
        ("Agreement2019", "Agreement2018"),
        ("Barack Obama", "Barack Hussein Obama"),
        ("John Smith", "John. Smithson"),
        ("Smith Brown", "Smith, Brown"),
        ("C++", "in C and"),
        ("東京都", "京都"),
        ("President Vale of Norland", "President Vale"),
    ],
)
def test_another_name_is_never_taken_for_it(quote: str, text: str) -> None:
    assert reasons(text, quote) == ["not in the text"]


# --- where a text may be cut


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("US", "Made in USA"),
        ("Merkel", "The Merkels came."),
        ("mar", "Die Märkte und Omar"),
        ("U.S.", "in the U.S.A. today"),
        ("J.", "J.K. Rowan"),
        ("3", "rose 3.5 points"),
        ("1", "1,000 people"),
        ("e", "cafe\u0301s"),
        ("👨", "a 👨‍👩‍👧 b"),
        ("🇫🇷", "🇪🇫🇷🇪"),
        ("서울", "남서울에서"),
        ("foo", "foo_bar"),
        ("ab", "a\u00adb" + "c"),
    ],
)
def test_a_quote_never_cuts_a_word_or_a_character(quote: str, text: str) -> None:
    assert reasons(text, quote) == ["cuts a word"]


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("$5", "US$5 million"),
        ("US", "US$5 million"),
        ("German", "a German-born singer"),
        ("Merkel", "Merkel's coat"),
        ("Paris", "in Paris.The next day"),
        ("Paris", "_Paris_"),
        ("東京", "私は東京に住む"),
        ("ロンドン", "昨日ロンドンで"),
        ("iPhone", "新しいiPhone手机"),
        ("กรุงเทพ", "ไปกรุงเทพวันนี้"),
        ("서울", "서울에서 만난"),
        ("KBS", "KBS에서"),
        ("الرياض", "في الرياض\u200f اليوم"),
        ("👨‍👩‍👧", "a 👨‍👩‍👧 b"),
        ("दिल्ली", "नई दिल्ली में"),
        ("🇫🇷", "🇪🇺🇫🇷"),
        ("J.", "J. Rowan"),
    ],
)
def test_a_quote_ends_where_a_reader_sees_the_name_end(quote: str, text: str) -> None:
    assert found(text, quote) == [(quote, text.index(quote))]
    assert aligned(text, quote).spans[0].found == "exact"


@pytest.mark.parametrize("quote", ["", "  ", "\n"])
def test_a_quote_of_nothing_is_lost_as_empty(quote: str) -> None:
    assert reasons("Some text.", quote) == ["empty quote"]


def test_an_empty_text_or_an_empty_list_is_no_trouble() -> None:
    assert reasons("", "Lima") == ["not in the text"]
    assert align([], "Lima") == Alignment((), ())


# --- for all texts

CHARACTERS = st.sampled_from("ab cdEÉe\u0301 .,-'’$5ß İıﬁ東京ロบาक्षि서울 \u200d\u200b👨👩🏽🇫🇷שלםا\r\n\t\x00_`𝔘\ud83d")
TEXTS = st.text(st.one_of(CHARACTERS, st.characters()), min_size=1, max_size=60)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.data())
def test_what_was_cut_out_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    cuts = Cuts(text)
    starts = [k for k in range(len(text)) if cuts.can_start(k) and not text[k].isspace()]
    pairs = [
        (s, e) for s in starts for e in range(s + 1, len(text) + 1) if cuts.can_end(e) and not text[e - 1].isspace()
    ]
    if not pairs:
        return
    start, end = data.draw(st.sampled_from(pairs))
    span = aligned(text, text[start:end]).spans[0]
    assert text[span.start : span.end] == text[start:end]
    assert span.found == "exact"
    assert span.start <= start


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.lists(st.one_of(TEXTS, st.text(CHARACTERS, max_size=3)), max_size=8), st.booleans())
def test_nothing_is_dropped_and_nothing_overlaps(text: str, quotes: list[str], ordered: bool) -> None:
    result = aligned(text, *quotes, ordered=ordered)
    assert len(result.spans) + len(result.lost) == len(quotes)
    ends = 0
    for span in result.spans:
        assert ends <= span.start
        ends = span.end
        assert Cuts(text).can_start(span.start)
        assert Cuts(text).can_end(span.end)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_folded_text_knows_where_each_of_its_characters_came_from(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts)
    assert list(folded.starts) == sorted(folded.starts)
    whole = folded.original(0, len(folded.text)) if folded.text else (0, len(text))
    assert whole is not None
    assert 0 <= whole[0] < whole[1] <= len(text) or not text


# --- on a built set: what is right is known

FIRST = ["Ada", "Bruno", "Clara", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katrin", "Liam", "Mira"]
LAST = ["Albrecht", "Bonnard", "Castellan", "Drummond", "Eriksen", "Ferreira", "Grünwald", "Ivanova", "Jørgensen"]
PLACES = ["Arlberg", "Port Salis", "Brennick", "São Telmo", "Velika", "North Haverley", "Quessant", "Tarn"]
FILLERS = [
    "and",
    "then",
    "the",
    "with",
    "of",
    "said",
    "in",
    "was",
    "met",
    "before",
    "other",
    ",",
    "near",
    "by",
    "a",
    "game",
]
ABSENT = ["Zanzara", "Lord Umber", "Karl Krone", "Bank of Westmoor", "Adam Albright", "South Haverley", "UN", "Arden"]


def built(rng: random.Random) -> tuple[str, list[tuple[str, int | None]]]:
    """A text and its quotes in order: the words as an LLM might spell them, and where they really stand."""
    pool = [*(f"{rng.choice(FIRST)} {rng.choice(LAST)}" for _ in range(2)), *rng.sample(PLACES, 2)]
    pool += [name.split()[-1] for name in pool]  # "Albrecht" beside "Ada Albrecht"
    text, quotes = "", []
    for _ in range(rng.randint(3, 9)):
        text += " ".join(rng.choices(FILLERS, k=rng.randint(1, 4))) + " "
        name = rng.choice(pool)
        quotes.append((rng.choices([name, name.upper(), name.replace(" ", "  ")], [8, 1, 1])[0], len(text)))
        text += name + rng.choice([" ", ", ", "'s ", "-led "])
    for _ in range(rng.randint(0, 2)):
        quotes.insert(rng.randint(0, len(quotes)), (rng.choice(ABSENT), None))
    return text, quotes


def test_on_a_built_set_quotes_take_the_right_occurrence_and_no_invented_one_is_placed() -> None:
    rng = random.Random(0)
    right = real = invented = 0
    for _ in range(1000):
        text, quotes = built(rng)
        result = align([Quote(words, str(k)) for k, (words, _) in enumerate(quotes)], text)
        placed = {int(span.label): span.start for span in result.spans}
        real += sum(start is not None for _, start in quotes)
        right += sum(start is not None and placed.get(k) == start for k, (_, start) in enumerate(quotes))
        invented += sum(start is None and k in placed for k, (_, start) in enumerate(quotes))
    assert invented == 0
    assert right / real >= 0.995, f"{right} of {real}"


def test_a_long_text_with_many_quotes_takes_seconds_at_most() -> None:
    rng = random.Random(0)
    words = ["".join(rng.choices("abcdefghij", k=rng.randint(3, 9))) for _ in range(15_000)]
    text = " ".join(words)
    quotes = [" ".join(words[k : k + 2]) for k in rng.sample(range(14_000), 250)] + [
        f"absent name{k}" for k in range(250)
    ]
    started = time.monotonic()
    result = aligned(text, *quotes)
    assert time.monotonic() - started < 10  # about 0.5 s on an idle machine; quadratic would be minutes
    assert len(result.spans) > 200


HARD = {
    "one letter without end": ("a" * 100_000, ["a" * k for k in range(1, 301)]),
    "one word, and quotes of many of it": ("a " * 50_000, ["a " * k + "a" for k in range(300)]),
    "many equal quotes": ("a " * 50_000, ["a"] * 2000),
    "two names by turns": ("ab cd " * 10_000, ["cd", "ab"] * 500),
    "no spaces": ("東" * 100_000, ["東" * k for k in range(1, 301)]),
    "underscores": ("a" + "_" * 100_000 + "a", ["_" * k for k in range(1, 301)]),
    "an accent on each letter": ("a\u0301" * 50_000, ["a\u0301" * k for k in range(1, 301)]),
    "all accents on one letter": ("a" + "\u0301" * 100_000, ["A" + "\u0301" * k for k in range(1, 301)]),
    "flags": ("🇫🇷" * 50_000, ["🇫🇷" * k for k in range(1, 151)] + ["🇫" * k for k in range(1, 151)]),
    "joined emoji": ("👨\u200d" * 50_000, ["👨" + "\u200d👨" * k for k in range(300)]),
    "initials": ("U.S." * 25_000, ["U.S." * k for k in range(1, 301)]),
    "quotation marks": ("'" * 100_000, ["'" * k for k in range(1, 301)]),
    "beginnings of words": (
        "abcdefghij " * 10_000,
        [f"{'abcdefghij ' * (k // 9)}abcdefghij"[: 2 - k] for k in range(3, 303)],
    ),
    "near misses": ("Jonathanson Petersberger " * 4000, [f"Jonathansxn. Petersb{k}rger" for k in range(300)]),
    "near words": (
        " ".join(f"abcd{k:06b}yz".translate({48: 101, 49: 102}) * 2 for k in range(5000)),
        [f"abcd{k:06b}yz".translate({48: 101, 49: 103}) * 2 for k in range(300)],
    ),
}


@pytest.mark.parametrize("name", HARD)
def test_no_text_and_no_answer_is_slow(name: str) -> None:
    text, quotes = HARD[name]
    started = time.process_time()
    result = aligned(text, *quotes)
    assert time.process_time() - started < 5  # under half a second on an idle machine; without bounds, up to minutes
    assert len(result.spans) + len(result.lost) == len(quotes)


def test_more_equal_quotes_than_are_tried_by_default_are_all_placed() -> None:
    assert len(aligned("Lima " * 3000, *["Lima"] * 2500).spans) == 2500


def test_a_name_far_behind_many_parts_of_words_is_found() -> None:
    text = "antananarivo " * 2000 + "met Ana, an an ana."
    assert found(text, "an", "Ana", "ana") == [("Ana", 26004), ("an", 26009), ("ana", 26015)]

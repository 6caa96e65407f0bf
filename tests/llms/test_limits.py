"""What servers say about their limits, in all the ways that they do."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermeil.exchange import Quota, Quotas
from vermeil.llms._limits import quotas_in, retry_after, seconds_in

DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("6m0s", 360.0),
        ("1.5s", 1.5),
        ("20ms", 0.02),
        ("1h2m3s", 3723.0),
        ("1m30.5s", 90.5),
        ("1d", 86400.0),
        ("12", 12.0),
        ("0", 0.0),
        (" 0.25 ", 0.25),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.2.3s", None),
        ("nan", None),
        ("inf", None),
        ("5 apples", None),
        ("s", None),
    ],
)
def test_a_duration_is_read_in_every_style(stated: str, seconds: float | None) -> None:
    assert seconds_in(stated) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "5"}, 5.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"x-ms-retry-after-ms": "20"}, 0.02),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": DATE}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:27:30 GMT", "date": DATE}, 0.0),
        ({"retry-after": "2026-10-21T07:28:30Z", "date": DATE}, 30.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "a while"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Wed, 99 Oct 2026 99:28:30 GMT", "date": DATE}, None),
    ],
)
def test_a_wish_to_come_later_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_a_date_without_the_servers_own_is_read_by_our_clock() -> None:
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ('{"error": {"message": "Limit 3 a minute. Please try again in 20s. Visit ..."}}', 20.0),
        ('{"error": {"message": "Please try again in 1m2.5s."}}', 62.5),
        ('[{"error": {"details": [{"retryDelay": "34s"}]}}]', 34.0),
        ('{"error": {"message": "Please try again later"}}', None),
    ],
)
def test_a_wish_in_words_is_read_too(body: str, seconds: float | None) -> None:
    assert retry_after({}, body) == seconds
    assert retry_after({"retry-after": "1"}, body) == 1.0


def test_openais_quotas_are_read() -> None:
    headers = {
        "x-ratelimit-limit-requests": "5000",
        "x-ratelimit-remaining-requests": "4999",
        "x-ratelimit-reset-requests": "12ms",
        "x-ratelimit-limit-tokens": "160000",
        "x-ratelimit-remaining-tokens": "159976",
        "x-ratelimit-reset-tokens": "9ms",
    }
    assert quotas_in(headers) == Quotas(Quota(5000, 4999, 0.012), Quota(160000, 159976, 0.009))


def test_anthropics_quotas_are_read_by_its_own_clock() -> None:
    headers = {
        "date": DATE,
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-10-21T07:28:01Z",
        "anthropic-ratelimit-tokens-limit": "50000",
        "anthropic-ratelimit-tokens-remaining": "49000",
        "anthropic-ratelimit-tokens-reset": "2026-10-21T07:28:30+00:00",
    }
    assert quotas_in(headers) == Quotas(Quota(50, 49, 1), Quota(50000, 49000, 30))


@pytest.mark.parametrize(
    ("limit", "remaining", "reset"),
    [("0", "0", "1s"), ("60", "61", "1s"), ("60", "-1", "1s"), ("many", "1", "1s"), ("60", "1", "1741305600000")],
)
def test_what_cannot_be_meant_is_left_out(limit: str, remaining: str, reset: str) -> None:
    stated = {"limit": limit, "remaining": remaining, "reset": reset}
    assert quotas_in({f"x-ratelimit-{name}-requests": value for name, value in stated.items()}) == Quotas()


def test_a_quota_without_a_reset_is_taken_to_be_one_of_a_minute() -> None:
    headers = {"x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "5"}
    assert quotas_in(headers).requests == Quota(60, 5, 60)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["retry-after", "retry-after-ms", "date"]
            + [f"x-ratelimit-{what}-requests" for what in ("limit", "remaining", "reset")]
            + [f"anthropic-ratelimit-tokens-{what}" for what in ("limit", "remaining", "reset")]
        ),
        st.text() | st.sampled_from(["0", "1e999", "6m0s", DATE, "2026-10-21T07:28:30", "0001-01-01T00:00:00+23:59"]),
    ),
    st.text(),
)
def test_no_header_breaks_the_reader(headers: dict[str, str], body: str) -> None:
    wish = retry_after(headers, body)
    assert wish is None or 0 <= wish < float("inf")
    for quota in (quotas_in(headers).requests, quotas_in(headers).tokens):
        assert quota is None or (quota.limit > 0 and 0 <= quota.remaining <= quota.limit and quota.reset >= 0)

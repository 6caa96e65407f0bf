"""Other sites get nothing out of a server, and no client takes it up for itself."""

from __future__ import annotations

import http.client
import threading
import time

import pytest
from hostile import attacks, strangers

OURS = {"/": 200, "/page.js": 200, "/page.css": 200, "/health": 200, "/metrics": 200, "/openapi.json": 200,
        "/predict": 200, "/nowhere": 404}  # fmt: skip


def test_no_stranger_gets_through_and_the_servers_own_names_do(served):
    some = strangers.hosts(served.port)[::4]
    tried = list(strangers.tried(served.port, some, methods=("OPTIONS",)))
    assert [each for each in tried if strangers.let_in(each)] == []
    own = [each for each in tried if each.ours and each.method != "OPTIONS"]
    assert len(own) == 2 * len(OURS)
    assert all(each.answer.status == OURS[each.path] for each in own)


@pytest.mark.slow
def test_twenty_hosts_and_ten_origins_at_every_route(served):
    tried = list(strangers.tried(served.port))
    assert len(tried) == 20 * 10 * len(OURS) * 5
    assert [each for each in tried if strangers.let_in(each)] == []


def test_a_name_that_was_given_is_known_and_so_is_the_address_it_listens_at(serve):
    served = serve(names=("labels.example.org",), host="127.0.0.2")
    for host in ("labels.example.org", "LABELS.example.org:443", "127.0.0.2", "localhost"):
        assert served_at(served, host) == 200
    for host in ("example.org", "127.0.0.3", "x.labels.example.org"):
        assert served_at(served, host) == 421


def served_at(served, host):
    connection = http.client.HTTPConnection("127.0.0.2", served.port, timeout=10)
    connection.request("GET", "/health", headers={"Host": host})
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_page_itself_may_ask_and_a_link_to_it_may_be_followed(served):
    ask = strangers.ask
    host = f"127.0.0.1:{served.port}"
    assert (
        ask(served.port, "POST", "/predict", host, f"http://{host}", **{"Sec-Fetch-Site": "same-origin"}).status == 200
    )
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert ask(served.port, "GET", "/", host, **link).status == 200
    assert ask(served.port, "GET", "/metrics", host, **picture).status == 403


def test_every_answer_forbids_scripts_and_frames_from_elsewhere(served):
    answers = [served.ask("GET", path) for path in OURS if path != "/predict"]
    answers += [served.predict({"text": "Ada"}), served.predict({}), served.ask("GET", "/", Host="evil.example")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("attack", "statuses"),
    [
        (attacks.large_body, {413}),
        (attacks.endless_body, {413}),
        (attacks.crumbs, {0, 413}),
        (attacks.endless_head, {0, 400}),
        (attacks.nested, {422}),
        (attacks.many_texts, {413}),
        (attacks.broken_json, {422}),
        (attacks.no_http, {0, 400}),
        (attacks.leaves_at_once, {0}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_is_sent_in_bad_faith_is_refused_and_the_server_goes_on(served, attack, statuses):
    arguments = (30,) if attack in (attacks.large_body, attacks.endless_body) else ()
    assert attack(served.port, *arguments) in statuses
    assert served.predict({"text": "Ada"}).status == 200


@pytest.mark.parametrize(
    ("attack", "status"),
    [(attacks.slow_head, 0), (attacks.slow_body, 408), (attacks.silent, 0)],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_client_that_is_too_slow_is_sent_away(serve, attack, status):
    served = serve(patience=0.5)
    began = time.monotonic()
    assert attack(served.port, 10) == status
    assert 0.4 < time.monotonic() - began < 5


def test_no_more_connections_are_held_than_were_allowed(serve):
    served = serve(connections=8)
    idle = [threading.Thread(target=attacks.silent, args=(served.port, 1)) for _ in range(20)]
    for thread in idle:
        thread.start()
    for thread in idle:
        thread.join()
    assert served.predict({"text": "Ada"}).status == 200


def test_an_answer_is_not_held_back_until_the_client_acknowledges_its_head(served):
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    took = []
    for _ in range(20):
        began = time.perf_counter()
        connection.request("GET", "/health")
        connection.getresponse().read()
        took.append(time.perf_counter() - began)
    connection.close()
    assert min(took) < 0.02


def test_listening_everywhere_the_page_is_at_localhost(serve):
    served = serve(host="0.0.0.0")
    assert served.address == f"http://localhost:{served.port}"
    assert served.predict({"text": "Ada"}).status == 200

"""What programs ask of a server, and what it tells them."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hostile.attacks import leaves_at_once

import vermeil as vm
from vermeil.data import Example, Span, whole


class Slow:
    """A student that waits for leave."""

    labels, kind, settings = ("PER",), "spans", {}

    def __init__(self):
        self.calls, self.gate = 0, threading.Event()
        self.gate.set()

    def predict(self, examples, on_done=None):
        self.calls += 1
        assert self.gate.wait(20)
        return [(Span(0, 3, "PER"),) if example.text else () for example in examples]


class Choking(Slow):
    """A student that cannot take an X."""

    def predict(self, examples, on_done=None):
        if any("X" in example.text for example in examples):
            raise RuntimeError("secret details")
        return super().predict(examples)


def test_one_text_gives_one_result(served):
    ada = {"start": 0, "end": 3, "label": "PER", "score": 1.0, "text": "Ada"}
    oslo = {"start": 12, "end": 16, "label": "LOC", "score": 1.0, "text": "Oslo"}
    answer = served.predict({"text": "Ada flew to Oslo"})
    assert (answer.status, answer.json) == (200, {"results": [{"spans": [ada, oslo]}]})


def test_many_texts_give_as_many_results_in_their_order(served):
    results = served.predict({"texts": ["Oslo", "", "Ada and Ada"]}).json["results"]
    assert [[span["label"] for span in each["spans"]] for each in results] == [["LOC"], [], ["PER", "PER"]]
    assert served.predict({"texts": []}).json == {"results": []}


def test_places_are_counted_in_code_points(served):
    text = "👩‍🚀 and e\u0301 \0 saw Oslo"
    [span] = served.predict({"text": text}).json["results"][0]["spans"]
    assert text[span["start"] : span["end"]] == span["text"] == "Oslo"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no JSON that can be read: EOF"),
        (b"{", "no JSON that can be read: EOF"),
        (b"[" * 100_000, "recursion limit"),
        (b'{"text": "\\ud800"}', "no JSON that can be read: unexpected end of hex escape"),
        (b'{"text": "\xff"}', "invalid unicode"),
        (b'{"text": 5}', "text: input should be a valid string, got 5"),
        (b'{"texts": ["a", null]}', "texts.1: input should be a valid string, got None"),
        (b'{"text": "a", "texts": []}', 'either "text" or "texts" was expected'),
        (b"{}", 'either "text" or "texts" was expected'),
        (b'{"txt": "a"}', "unknown key 'txt' (did you mean 'text'?)"),
        (b'["a"]', "should be an object"),
    ],
)
def test_what_is_no_request_is_refused_in_one_line(served, body, message):
    answer = served.ask("POST", "/predict", body, content_type="application/json; charset=utf-8")
    assert answer.status == 422
    assert message in answer.json["error"]
    assert "\n" not in answer.json["error"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"texts": ["a"] * 4}, "4 texts came, at most 3 are taken"),
        ({"texts": ["a", "b" * 101]}, "text 2 has 101 characters, at most 100 are taken; cut it up"),
        ({"text": "c" * 1001}, "larger than 1,000 bytes; send fewer texts"),
    ],
)
def test_what_is_too_large_is_refused(serve, asked, message):
    answer = serve(texts=3, longest=100, body=1000).predict(asked)
    assert answer.status == 413
    assert message in answer.json["error"]


def test_what_is_not_called_json_is_refused(served):
    answer = served.ask("POST", "/predict", b'{"text": "Ada"}', content_type="text/plain")
    assert (answer.status, "application/json" in answer.json["error"]) == (415, True)


def test_a_full_queue_says_when_to_come_back(serve):
    student = Slow()
    served = serve(student, waiting=300)
    student.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(served.predict, {"text": "x" * 100})
        until(lambda: student.calls == 2)  # the server itself had asked once
        second = pool.submit(served.predict, {"text": "y" * 100})
        until(lambda: b"waiting_characters 164.0" in metrics(served))
        refused = served.predict({"text": "z" * 250})
        student.gate.set()
    assert (refused.status, refused.json["error"][:26]) == (503, "164 characters wait to be ")
    assert int(refused.headers["retry-after"]) >= 1
    assert first.result().status == second.result().status == 200


def test_a_client_that_leaves_makes_room(serve):
    student = Slow()
    served = serve(student, waiting=300)
    student.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(served.predict, {"text": "x" * 100})
        until(lambda: student.calls == 2)
        leaves_at_once(served.port)
        until(lambda: b'status="499"' in metrics(served))
        assert b"waiting_characters 0.0" in metrics(served)
        student.gate.set()
    assert first.result().status == 200
    assert served.predict({"text": "Ada"}).status == 200
    assert student.calls == 3


def until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come true")


def metrics(served):
    return served.ask("GET", "/metrics").text.encode()


def test_a_model_that_fails_is_one_line_and_no_details(serve, caplog):
    served = serve(Choking())
    answer = served.predict({"text": "X"})
    assert (answer.status, answer.json) == (500, {"error": "the server failed; its own output says why"})
    assert "nosniff" in answer.headers["x-content-type-options"]
    assert [(r.name, r.getMessage(), str(r.exc_info[1])) for r in caplog.records if r.name.startswith("vermeil")] == [
        ("vermeil.serve", "a request to /predict failed", "secret details")
    ]
    assert served.predict({"text": "Ada"}).status == 200


def test_health_says_which_model_and_how_much(served):
    answer = served.ask("GET", "/health")
    assert answer.status == 200
    assert (answer.json["status"], answer.json["labels"]) == ("ok", ["LOC", "PER"])
    assert answer.json["most"] == {"texts": 64, "longest": 20_000, "body": 2**20}


@pytest.mark.parametrize("path", ["/", "/page.css", "/health"])
def test_a_head_is_answered_as_the_same_without_its_body(served, path):
    head, whole = served.ask("HEAD", path), served.ask("GET", path)
    assert (head.status, head.text) == (200, "")
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_metrics_count_requests_texts_and_names(serve):
    served = serve()
    served.predict({"texts": ["Ada", "Ada and Ada", "nobody"]})
    served.predict({"text": 5})
    served.ask("GET", "/a/b/c")
    lines = metrics(served).decode().splitlines()
    for line in (
        'vermeil_requests_total{route="/predict",status="200"} 1.0',
        'vermeil_requests_total{route="/predict",status="422"} 1.0',
        'vermeil_requests_total{route="other",status="404"} 1.0',
        'vermeil_request_seconds_count{route="/predict"} 2.0',
        "vermeil_texts_total 3.0",
        'vermeil_names_total{label="PER"} 3.0',
        "vermeil_round_texts_sum 3.0",
        "vermeil_waiting_characters 0.0",
    ):
        assert line in lines


def test_openapi_describes_every_route_and_nothing_is_loaded_from_elsewhere(served):
    described = served.ask("GET", "/openapi.json")
    assert set(described.json["paths"]) == {"/predict", "/health", "/metrics"}
    asked = described.json["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(asked["properties"]) == {"text", "texts"}
    assert {"200", "413", "415", "422", "503"} <= set(described.json["paths"]["/predict"]["post"]["responses"])
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert served.ask("GET", path).status == 404
    for path in ("/", "/page.css", "/page.js", "/openapi.json"):
        assert "http" not in served.ask("GET", path).text.replace("http://127.0.0.1", "").lower().replace("httpv", "")


def test_a_wrong_path_or_method_is_json_too(served):
    assert served.ask("GET", "/nowhere").json == {"error": "Not Found"}
    assert served.ask("GET", "/predict").json == {"error": "Method Not Allowed"}
    assert served.ask("GET", "/%2e%2e/%2e%2e/etc/passwd").status == 404
    assert json.loads(served.ask("POST", "/health", b"{}").text)["error"] == "Method Not Allowed"


@pytest.mark.parametrize(("kind", "expected"), [("class", [1, 1]), ("classes", [2, 0])])
def test_a_model_of_classes_answers_with_classes(serve, kind, expected):
    labels = ["joy", "grief"]
    learner = vm.student("memorizer", labels, kind=kind)
    both = "glad" if kind == "class" else "grey but glad"
    texts = {
        both: ["joy"] if kind == "class" else labels,
        "grey": ["grief"],
        "what": labels[:1] if kind == "class" else [],
    }
    learner.learn([Example(t, tuple(whole(t, each) for each in found), kind=kind) for t, found in texts.items()] * 5)
    server = serve(learner)
    answer = server.predict({"texts": [both, "what"]})
    assert answer.status == 200
    results = answer.json["results"]
    assert [len(each["classes"]) for each in results] == expected
    assert set(results[0]["classes"][0]) == {"label", "score"}
    assert server.ask("GET", "/health").json["kind"] == kind
    schema = server.ask("GET", "/openapi.json").json["paths"]["/predict"]["post"]["responses"]["200"]
    assert schema["content"]["application/json"]["schema"]["$ref"].endswith("SortedReply")

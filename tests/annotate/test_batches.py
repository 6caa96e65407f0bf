"""Batches: what is written, handed in once, waited for, and merged under its own question or reported."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from batch_job import TEXTS, llm_at, run
from hypothesis import given, settings
from hypothesis import strategies as st
from names_task import Names, names_in

from batch_server import KEY, BatchServer
from vermeil.annotate import batches
from vermeil.annotate.batches import Batch, Merged, OpenQuestion
from vermeil.annotate.method import Method
from vermeil.annotate.pieces import cut
from vermeil.annotate.store import AnswerStore
from vermeil.errors import DataError, LLMError, LLMUnavailable, SettingsError, StoreError, UserError, VermeilError
from vermeil.llms import openai, scripted
from vermeil.llms.base import LLM

CREATE = ("POST /v1/batches", "POST /v1/messages/batches")


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer(names_in) as running:
        yield running


@pytest.fixture(params=["openai", "anthropic"])
def llm(request: pytest.FixtureRequest, server: BatchServer) -> LLM:
    return llm_at(server.url, request.param)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "answers.db"


def questions(*texts: str) -> list[OpenQuestion]:
    return [OpenQuestion(text, Names().prompt(text)) for text in texts or TEXTS]


def written(llm: LLM, store: Path, *texts: str) -> Batch:
    (batch,) = batches.write_batches(questions(*texts), llm, batches.folder_of(store)).batches
    return batch


def collected(batch: Batch, llm: LLM, store: Path) -> Merged:
    list(batches.collect([batch], lambda batch: llm, first_wait=0.01))
    with AnswerStore(store) as answers:
        return batches.merge(batch, llm, answers)


def still_open(llm: LLM, store: Path, *texts: str) -> list[str]:
    with AnswerStore(store) as answers:
        return [question.text for question in batches.open_questions(texts or TEXTS, Names(), llm, answers)]


def answers_in(llm: LLM, store: Path) -> dict[str, str]:
    with AnswerStore(store) as answers:
        return {row.text: llm.read(row.body).text for row in answers.rows()}


def fails_once(status: str, moment: str) -> Callable[[str, str], str | None]:
    left = [status]
    return lambda call, now: left.pop() if call in CREATE and now == moment and left else None


class TestWriting:
    def test_each_text_is_written_once_and_those_that_wait_not_again(self, llm: LLM, store: Path) -> None:
        first = batches.write_batches(questions("Ann", "Bo", "Ann"), llm, batches.folder_of(store))
        second = batches.write_batches(questions("Bo", "Cy"), llm, batches.folder_of(store))
        assert (first.questions, second.questions, second.waiting) == (2, 1, 1)

    def test_the_limits_of_the_provider_cut(self, llm: LLM, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        by_count = batches.write_batches(questions(), llm, batches.folder_of(store), most_requests=4)
        assert [batch.state.requests for batch in by_count.batches] == [4, 1]
        line = len(llm.batches.line("f" * 64, Names().prompt("Anna met Bob 0"))) + 1  # type: ignore[attr-defined]
        monkeypatch.setattr(type(llm.batches), "most_bytes", 2 * line)  # type: ignore[attr-defined]
        by_bytes = batches.write_batches(questions(), llm, store)
        assert [batch.state.requests for batch in by_bytes.batches] == [2, 2, 1]
        assert all(batch.requests.stat().st_size <= 2 * line for batch in by_bytes.batches)
        with pytest.raises(DataError, match="cut the text"):
            batches.write_batches(questions("a" * 2000), llm, store)

    def test_nobody_else_can_read_the_texts(self, llm: LLM, store: Path) -> None:
        batch = written(llm, store)
        assert stat.S_IMODE(batch.path.parent.stat().st_mode) == 0o700

    def test_nothing_is_left_of_a_writer_that_failed(self, llm: LLM, store: Path) -> None:
        folder = batches.folder_of(store)

        def failing() -> Iterator[OpenQuestion]:
            yield from questions()
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            batches.write_batches(failing(), llm, folder)
        assert list(folder.iterdir()) == []
        (folder / ".2026.abc.partial").mkdir()
        written(llm, store)
        assert len(list(folder.iterdir())) == 1, "what a kill left is swept up"

    def test_what_the_store_answers_is_no_question(self, llm: LLM, store: Path) -> None:
        run(llm, store)
        assert still_open(llm, store, *TEXTS, "Cy sang") == ["Cy sang"]

    def test_an_llm_without_a_batch_api_is_refused(self, store: Path) -> None:
        with pytest.raises(SettingsError, match="scripted:default has no batch API"):
            batches.write_batches(questions(), scripted.LLM(), store)

    def test_long_texts_are_cut_as_annotate_cuts_them(self, llm: LLM, store: Path) -> None:
        long = " ".join(f"Anna met Bob {number}." for number in range(40))
        with AnswerStore(store) as answers:
            method = Method(longest=200, overlap=20)
            asked = list(batches.open_questions([long], Names(), llm, answers, method=method))
        assert [question.text for question in asked] == [long[start:end] for start, end in cut(long, 200, 20)]
        assert len(asked) > 2

    def test_what_waits_is_known(self, llm: LLM, store: Path) -> None:
        batch = written(llm, store)
        assert batches.waiting_keys(batches.folder_of(store)) == {row["key"] for _, row in batch.rows()}
        batch.advance(step="merged")
        assert batches.waiting_keys(batches.folder_of(store)) == set()


class TestHandingIn:
    def test_all_is_answered_and_kept_raw(self, llm: LLM, store: Path, server: BatchServer) -> None:
        run(llm, store, most=2)
        assert answers_in(llm, store) == {text: names_in(text) for text in TEXTS}
        assert len(server.batches) == 3
        assert still_open(llm, store) == []

    def test_run_again_it_does_nothing(self, llm: LLM, store: Path, server: BatchServer) -> None:
        run(llm, store)
        calls = server.calls.total()
        run(llm, store)
        assert server.calls.total() == calls

    @pytest.mark.parametrize(
        ("status", "moment"),
        [("500", "before"), ("500", "after"), ("529", "after"), ("lost", "before"), ("lost", "after")],
    )
    def test_an_error_while_handing_in_makes_no_second_batch(
        self, llm: LLM, store: Path, server: BatchServer, status: str, moment: str
    ) -> None:
        server.on_call = fails_once(status, moment)
        batch = written(llm, store)
        assert batches.submit(batch, llm, settle=0.05).step == "submitted"
        assert len(server.batches) == 1

    def test_a_rate_limit_is_waited_for(self, llm: LLM, store: Path, server: BatchServer) -> None:
        server.on_call = fails_once("429", "before")
        assert batches.submit(written(llm, store), llm, settle=0.05).step == "submitted"
        assert len(server.batches) == 1

    def test_a_refused_batch_can_be_handed_in_later(self, llm: LLM, store: Path, server: BatchServer) -> None:
        server.on_call = fails_once("400", "before")
        batch = written(llm, store)
        with pytest.raises(LLMError, match="as scripted"):
            batches.submit(batch, llm, settle=0.05)
        assert (batch.state.step, len(server.batches)) == ("written", 0)
        assert batches.submit(batch, llm, settle=0.05).step == "submitted"

    def test_a_wrong_key_is_said(self, store: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-other-0123456789")
        llm = llm_at(server.url, "openai")
        with pytest.raises(LLMUnavailable, match="check OPENAI_API_KEY") as caught:
            batches.submit(written(llm, store), llm)
        assert "sk-other" not in str(caught.value)

    def test_batches_of_others_are_left_alone(self, llm: LLM, store: Path, server: BatchServer) -> None:
        for count in (1, 5, 5, 2, 9):
            server.add_foreign(count)
        server.on_call = fails_once("500", "after")
        batch = written(llm, store)
        assert batches.submit(batch, llm, settle=0.05).remote == list(server.batches)[-1]
        assert set(server.asked.values()) == {1}

    def test_by_hand_means_by_hand(self, llm: LLM, store: Path) -> None:
        (batch,) = batches.write_batches(questions(), llm, batches.folder_of(store), by_hand=True).batches
        with pytest.raises(UserError, match="by hand"):
            batches.submit(batch, llm)

    def test_other_settings_or_another_server_are_refused(
        self, store: Path, server: BatchServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        batch = written(llm_at(server.url, "openai"), store)
        with pytest.raises(SettingsError, match="take the LLM and the settings"):
            batches.submit(batch, openai.LLM("m", base_url=f"{server.url}/v1", temperature=0.5))
        with pytest.raises(SettingsError, match="the base URL is now"):
            batches.submit(batch, openai.LLM("m", base_url="http://127.0.0.1:9/v1"))

    def test_two_runs_are_not_at_one_batch(self, llm: LLM, store: Path, server: BatchServer) -> None:
        batch = written(llm, store)
        with Batch(batch.path).held(), pytest.raises(StoreError, match="in use by another run"):
            batches.submit(batch, llm)
        assert not server.batches


class TestDoubt:
    """Anthropic's batches carry no name of ours."""

    @pytest.fixture
    def llm(self, server: BatchServer) -> LLM:
        return llm_at(server.url, "anthropic")

    @pytest.fixture
    def doubtful(self, llm: LLM, store: Path, server: BatchServer) -> Batch:
        """Its call was lost, and meanwhile two others made a batch of as many requests."""
        batch = written(llm, store)

        def lost(call: str, moment: str) -> str | None:
            if call not in CREATE or moment == "before":
                return None
            server.on_call = lambda call, moment: None
            server.add_foreign(5)
            return "lost"

        server.on_call = lost
        with pytest.raises(UserError, match=r"2 batches at .* \(batch_0001, batch_0000\): .* --adopt ID, or .*--again"):
            batches.submit(batch, llm, settle=0.05)
        assert batch.state.step == "submitting"
        return batch

    def test_it_stops_and_the_right_one_can_be_adopted(self, doubtful: Batch, llm: LLM, store: Path) -> None:
        assert batches.adopt(doubtful, llm, "batch_0000").step == "submitted"
        assert collected(doubtful, llm, store).added == 5

    def test_or_it_can_be_sent_anew(self, doubtful: Batch, llm: LLM, store: Path, server: BatchServer) -> None:
        batches.submit_again(doubtful)
        assert batches.submit(doubtful, llm).remote == "batch_0002"

    def test_a_wrong_one_is_noticed_and_can_be_sent_anew(self, doubtful: Batch, llm: LLM, store: Path) -> None:
        batches.adopt(doubtful, llm, "batch_0001")
        with pytest.raises(StoreError, match=r"none of the 5 results of batch_0001 belongs to .*--again"):
            collected(doubtful, llm, store)
        batches.submit_again(doubtful)
        batches.submit(doubtful, llm)
        assert collected(doubtful, llm, store).added == 5

    def test_what_cannot_be_it_is_not_adopted(
        self, doubtful: Batch, llm: LLM, store: Path, server: BatchServer
    ) -> None:
        server.add_foreign(1)
        with pytest.raises(UserError, match=r"1 requests, .* has 5"):
            batches.adopt(doubtful, llm, "batch_0002")
        with pytest.raises(LLMUnavailable, match="batch_9999 is not there"):
            batches.adopt(doubtful, llm, "batch_9999")
        other = written(llm, store, "Cy", "Di", "Ed", "Flo", "Gus")
        batches.submit(other, llm)
        with pytest.raises(UserError, match="belongs to another batch"):
            batches.adopt(doubtful, llm, other.state.remote)


class TestCollecting:
    def test_progress_counts_requests(self, llm: LLM, store: Path, server: BatchServer) -> None:
        server.looks = 3
        batch = written(llm, store)
        batches.submit(batch, llm)
        seen: list[batches.Progress] = []
        assert batches.poll(batch, llm, seen.append, first_wait=0.01).step == "ended"
        assert [(progress.done, progress.total) for progress in seen] == [(0, 5), (0, 5), (5, 5)]

    def test_a_provider_that_is_away_is_waited_for(self, llm: LLM, store: Path, server: BatchServer) -> None:
        batch = written(llm, store)
        batches.submit(batch, llm)
        left = ["503", "lost", "500", "lost", "503"]
        server.on_call = lambda call, moment: left.pop() if left and moment == "before" else None
        assert collected(batch, llm, store).added == 5
        assert not left

    def test_without_waiting_it_looks_once(self, llm: LLM, store: Path) -> None:
        batch = written(llm, store)
        batches.submit(batch, llm)
        assert list(batches.collect([batch], lambda batch: llm, wait=False)) == []
        assert [found.name for found in batches.collect([batch], lambda batch: llm, wait=False)] == [batch.name]

    def test_a_completed_batch_that_does_not_name_its_answers_yet_is_waited_for(
        self, store: Path, server: BatchServer
    ) -> None:
        llm = llm_at(server.url, "openai")
        server.unnamed = 2
        batch = written(llm, store)
        batches.submit(batch, llm)
        assert collected(batch, llm, store).added == 5
        assert server.unnamed == 0

    def test_results_that_are_gone_are_said(self, store: Path, server: BatchServer) -> None:
        llm = llm_at(server.url, "openai")
        batch = written(llm, store)
        batches.submit(batch, llm)
        batches.poll(batch, llm, first_wait=0.01)
        server.files.clear()
        with pytest.raises(LLMUnavailable, match="is not there"):
            batches.fetch(batch, llm)
        assert batch.state.step == "ended"

    def test_a_batch_that_was_turned_down_as_a_whole_leaves_its_questions_open(
        self, store: Path, server: BatchServer
    ) -> None:
        llm = llm_at(server.url, "openai")
        server.wrong_with_all = "no such model"
        batch = written(llm, store)
        batches.submit(batch, llm)
        merged = collected(batch, llm, store)
        assert merged.failed == {"invalid_json_line: no such model (line 3 of the requests)": 5}
        assert batches.write_batches(questions(), llm, batches.folder_of(store)).questions == 5

    def test_a_broken_state_is_named(self, llm: LLM, store: Path) -> None:
        batch = written(llm, store)
        (batch.path / "state.json").write_text('{"name": 3}')
        with pytest.raises(StoreError, match=r"holds no batch of ours .*state\.json"):
            batches.batches_in(batches.folder_of(store))


FATES = ("error", "expired", "missing", "twice", "differs", "unknown", "garbage", "both", "")


class TestMerging:
    def test_what_went_wrong_is_reported_and_stays_open(self, llm: LLM, store: Path, server: BatchServer) -> None:
        texts = [f"Anna met {fate.title() or 'Bob'}" for fate in FATES]
        fates = dict(zip(texts, FATES, strict=True))
        server.fate = lambda prompt: fates[prompt]
        batch = written(llm, store, *texts)
        batches.submit(batch, llm)
        merged = collected(batch, llm, store)
        assert answers_in(llm, store) == {
            text: names_in(text) for text in texts if fates[text] in ("", "twice", "both")
        }
        assert (merged.added, merged.contradicted, merged.missing) == (3, 1, 3)
        assert (merged.unknown, merged.repeated, merged.unreadable) == (1, 1, 1)
        assert sum(merged.failed.values()) == 2
        assert any("bad request with ***" in why for why in merged.failed)
        assert any("expired" in why for why in merged.failed)
        assert merged.open == 6
        assert len(still_open(llm, store, *texts)) == 6
        assert "asks for the 6 that are open" in str(merged)

    def test_the_ledger_counts_what_the_answers_cost(self, llm: LLM, store: Path) -> None:
        run(llm, store)
        run(llm, store)
        with AnswerStore(store) as answers:
            ledger = answers.ledger()
        assert (ledger.got, ledger.tokens_in, ledger.tokens_out) == (5, 500, 100)

    def test_merged_again_it_adds_nothing(self, llm: LLM, store: Path) -> None:
        batch = written(llm, store)
        batches.submit(batch, llm)
        first = collected(batch, llm, store)
        assert collected(batch, llm, store) == first, "what is merged is remembered"
        batch.advance(step="fetched")  # as a kill before the last step leaves it
        again = collected(batch, llm, store)
        assert (again.added, again.present) == (0, 5)
        with AnswerStore(store) as answers:
            assert len(answers) == 5

    def test_what_is_not_fetched_is_not_merged(self, llm: LLM, store: Path) -> None:
        with AnswerStore(store) as answers, pytest.raises(StoreError, match="not fetched yet"):
            batches.merge(written(llm, store), llm, answers)

    def test_a_better_answer_takes_the_place_of_an_unreadable_one(
        self, llm: LLM, store: Path, server: BatchServer
    ) -> None:
        server.answer = lambda prompt: "I am sorry."
        run(llm, store)
        assert still_open(llm, store) == list(TEXTS)
        server.answer = names_in
        run(llm, store)
        assert still_open(llm, store) == []

    def test_files_that_were_fetched_by_hand_are_taken(
        self, llm: LLM, store: Path, server: BatchServer, tmp_path: Path
    ) -> None:
        server.fate = lambda prompt: "error" if prompt == "Cy" else ""
        first, second = written(llm, store, "Ann", "Bo", "Cy"), written(llm, store, "Di", "Ed")
        third = written(llm, store, "Flo")
        for batch in (first, second):  # elsewhere, so that this folder only knows what was written
            batches.submit(batch, llm)
            batches.poll(batch, llm, first_wait=0.01)
            batches.fetch(batch, llm)
        files = [
            path
            for batch in (first, second)
            for path in batch.path.glob("*.jsonl")
            if path.stem in ("output", "errors")
        ]
        with AnswerStore(store) as answers:
            merged = batches.merge_files(files, [first, second, third], lambda batch: llm, answers)
        assert (merged.added, sum(merged.failed.values()), merged.missing, merged.unknown) == (4, 1, 0, 0)
        assert [batch.state.step for batch in (first, second, third)] == ["merged", "merged", "written"]
        assert still_open(llm, store, "Ann", "Bo", "Cy", "Di", "Ed") == ["Cy"]

    def test_half_a_character_in_an_answer_is_kept(self, llm: LLM, store: Path, server: BatchServer) -> None:
        server.answer = lambda prompt: '["Anna", "\ud83d"]'
        run(llm, store)
        assert set(answers_in(llm, store).values()) == {'["Anna", "\ufffd"]'}

    @pytest.mark.parametrize("provider", ["openai", "anthropic"])
    def test_whatever_lies_in_a_file_no_text_gets_the_answer_of_another(self, provider: str, store: Path) -> None:
        llm = llm_at("http://127.0.0.1:9", provider)
        batch = written(llm, store)
        keys = {str(row["text"]): str(row["key"]) for _, row in batch.rows()}
        file = store.with_name("any.jsonl")

        @settings(max_examples=40, deadline=None)
        @given(st.lists(result_lines(provider, list(keys.values())), min_size=1, max_size=12))
        def check(lines: list[str]) -> None:
            file.write_text("".join(f"{line}\n" for line in lines) + "\n")
            with AnswerStore() as answers:
                merged = batches.merge_files([file], [batch], lambda batch: llm, answers)
                kept = {row.text: row.body for row in answers.rows()}
            assert kept == {text: body for text, key in keys.items() if (body := sole_body(key, lines))}
            assert merged.added == len(kept)

        check()


def sole_body(key: str, lines: list[str]) -> str:
    """The one answer to a question that the lines hold, "" for none or several."""
    found = {
        body for body in ('{"say":"one"}', '{"say":"two"}') for line in lines if key in line and f"{body}}}" in line
    }
    return found.pop() if len(found) == 1 else ""


def result_lines(provider: str, known: list[str]) -> st.SearchStrategy[str]:
    """Lines of results, some of them of unknown questions, of wrong types, or cut."""
    bodies = st.sampled_from([{"say": "one"}, {"say": "two"}])
    anything = st.sampled_from([None, 3, "x", [], {}, {"type": "errored"}, {"status_code": 200}, {"status_code": 500}])
    ids = st.sampled_from([*known, "f" * 64, ""])
    if provider == "openai":
        good = bodies.map(lambda body: {"response": {"status_code": 200, "body": body}})
        bad = st.builds(lambda response, error: {"response": response, "error": error}, anything, anything)
    else:
        good = bodies.map(lambda body: {"result": {"type": "succeeded", "message": body}})
        bad = anything.map(lambda result: {"result": result})
    whole = st.builds(lambda name, rest: json.dumps({"custom_id": name} | rest, separators=(",", ":")), ids, good | bad)
    return (
        whole | whole.map(lambda line: line[: len(line) // 2]) | st.sampled_from(["[]", "null", "", "NaN", "[" * 9999])
    )


def test_a_server_that_is_not_there_is_said_in_one_line(store: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    llm = llm_at(url, "openai")
    with pytest.raises(VermeilError, match="cannot reach"):
        batches.submit(written(llm, store), llm, settle=0.01)

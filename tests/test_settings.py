"""Settings files say in one line what is wrong with them."""

from __future__ import annotations

import pytest
from pydantic import Field

from vermeil.errors import SettingsError
from vermeil.settings import Settings, check, override, read_toml


class Inner(Settings):
    steps: int = Field(default=10, ge=1)
    width: int = 1


class Outer(Settings):
    name: str
    rate: float = 0.1
    seeds: tuple[int, ...] = (0,)
    inner: Inner = Inner()


def read(path, overrides=()):
    """As the verbs do: the file, then the overrides, then the check."""
    values = read_toml(path)
    override(values, overrides)
    return check(values, Outer, str(path))


def write(tmp_path, text):
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_with_overrides_becomes_a_model(tmp_path):
    path = write(tmp_path, 'name = "a"\nseeds = [1, 2]\n[inner]\nsteps = 3\n')
    assert read(path, ["inner.steps=7", "name=b", "rate=1"]) == Outer(
        name="b", rate=1.0, seeds=(1, 2), inner=Inner(steps=7)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "a"\nrat = 3', r"unknown key 'rat' \(did you mean 'rate'\?\); known here: inner, name, rate, seeds"),
        ('name = "a"\nwidth = 3', r"unknown key 'width' \(did you mean 'inner\.width'\?\)"),
        ('name = "a"\n[inner]\nstep = 3', r"unknown key 'inner.step' \(did you mean 'steps'\?\)"),
        ("rate = 3", "the key 'name' is missing"),
        ('name = "a"\nrate = "fast"', "rate: .*number.*got 'fast'"),
        ('name = "a"\n[inner]\nsteps = 0', "inner.steps: .*greater than or equal to 1, got 0"),
        ("name = @", "no valid TOML: .*line 1"),
        ("name = NO", "no valid TOML"),
    ],
)
def test_a_wrong_file_is_named_with_the_key_and_the_remedy(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(SettingsError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_in_python_a_list_will_do_for_a_tuple():
    assert Outer(name="a", seeds=[1, 2]).seeds == (1, 2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rat": 3}, r"^Outer: unknown key 'rat' \(did you mean 'rate'\?\); known here: inner, name, rate, seeds$"),
        ({"inner": {"steps": 0}}, r"^Outer: inner\.steps: input should be greater than or equal to 1, got 0$"),
        ({"seeds": 3}, r"^Outer: seeds: input should be a valid tuple, got 3$"),
    ],
)
def test_in_python_a_mistake_is_told_in_a_line_too(values, message):
    with pytest.raises(SettingsError, match=message):
        Outer(name="a", **values)


def test_numbers_are_not_read_out_of_strings():
    with pytest.raises(SettingsError, match=r"inner\.steps"):
        check({"name": "a", "inner": {"steps": "5"}}, Outer, "options")


@pytest.mark.parametrize("wrong", ["steps", "=3", "a..b=3"])
def test_an_override_without_a_key_or_value_is_refused(wrong):
    with pytest.raises(SettingsError, match="key=value"):
        override({}, [wrong])


def test_an_override_through_a_plain_value_is_refused():
    with pytest.raises(SettingsError, match="no table"):
        override({"name": "a"}, ["name.x=3"])


def test_override_values_are_toml_and_bare_words_are_strings():
    values: dict = {}
    override(values, ["a=1", "b=true", "c=[1, 2]", "d=minilm", "e.f=0.5", 'g="1"'])
    assert values == {"a": 1, "b": True, "c": [1, 2], "d": "minilm", "e": {"f": 0.5}, "g": "1"}

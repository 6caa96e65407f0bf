"""What the guide to classes shows in Python works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = (Path(__file__).parents[1] / "docs/classifying.md").read_text(encoding="utf-8")
TASK = 'task = "classify"\nlabels = ["shipping", "billing"]\n'


def test_the_python_example_runs_on_a_table_in_its_own_columns(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "task.toml").write_text(TASK)
    rows = [f"Where is parcel {n}?,shipping" if n % 2 else f"Invoice {n} is wrong,billing" for n in range(40)]
    (tmp_path / "tickets.csv").write_text("body,team\n" + "\n".join(rows) + "\n")
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert '"minilm"' in code
    exec(compile(code.replace('"minilm"', '"memorizer"'), "classifying.md", "exec"), {})
    accuracy, classes, likely = capsys.readouterr().out.strip().splitlines()
    assert accuracy.startswith("1.0 1.0 ")
    assert classes == "[('shipping',)]"
    assert "'billing': " in likely

"""An author creates, installs, checks, trains and breaks a plug-in, from nothing."""

import json

import pytest

LIGHT = "mmcore_my_signal/plugin.py"
BREAKAGES = {
    "an import error": (LIGHT, '"""', 'import not_there\n"""', "broken", "not_there"),
    "another interface": (LIGHT, 'kind="', 'api=99, kind="', "incompatible", "interface 99"),
    "an exception in the hook": (
        LIGHT,
        "return [",
        "1 / 0\n    return [",
        "broken",
        "ZeroDivision",
    ),
    "a class that is not there": (
        "mmcore_my_signal/modality.py",
        "class MySignalModality",
        "class Renamed",
        "broken",
        "no attribute 'MySignalModality'",
    ),
}


def doctor(environment, cwd, code):
    actual = json.loads(
        environment.run("mmcore", "plugins", "doctor", "--json", cwd=cwd, code=code).stdout
    )
    return {plugin["distribution"]: plugin for plugin in actual}


@pytest.mark.slow
def test_scaffold_install_check_train_break_and_read_doctor(environment, tmp_path):
    package = tmp_path / "mmcore-my-signal"
    environment.run("mmcore", "plugins", "new", "my-signal", "--kind", "modality", cwd=tmp_path)
    environment.install("--editable", package, cwd=tmp_path)

    checked = environment.run("mmcore", "plugins", "check", package.name, "--json", cwd=tmp_path)
    report = json.loads(checked.stdout)
    assert report["ok"]
    assert report["reports"][0]["ran"] > 20

    names = "my-signal,mnist,text"
    options = ["--modalities", names, "--data", "sample", "--steps", "20", "--out", "run"]
    messages = environment.run("mmcore", "train", *options, cwd=tmp_path).stdout
    assert messages.startswith("data: sample")
    probes = json.loads((tmp_path / "run" / "summary.json").read_text())["linear_probe"]
    assert "my-signal+mnist+text" in probes

    for file, old, new, status, error in BREAKAGES.values():
        path = package / file
        whole = path.read_text()
        assert old in whole
        path.write_text(whole.replace(old, new, 1))
        actual = doctor(environment, tmp_path, code=1)
        messages = actual.pop("mmcore-my-signal")
        assert messages["status"] == status
        assert error in messages["error"]
        assert "MMCORE_PLUGINS_DENY=mmcore-my-signal" in messages["remedy"]
        assert {plugin["status"] for plugin in actual.values()} == {"ok"}
        refused = environment.run("mmcore", "train", *options[:-1], "other", cwd=tmp_path, code=2)
        assert refused.stderr.startswith("error: modality 'my-signal'")
        assert len(refused.stderr.splitlines()) == 1
        assert not (tmp_path / "other").exists()
        path.write_text(whole)
    assert doctor(environment, tmp_path, code=0)["mmcore-my-signal"]["status"] == "ok"

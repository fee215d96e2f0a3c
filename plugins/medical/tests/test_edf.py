"""EDF and BDF files, as edfio writes them."""

import sys

import numpy as np
import pytest
from mmcore_medical.ecg.files import read_signal

from mmcore import MmcoreError

edfio = pytest.importorskip("edfio")

WAVE = np.sin(np.arange(400) / 9)


def write(path, *signals, **options):
    kind, own = (
        (edfio.Bdf, edfio.BdfSignal) if path.suffix == ".bdf" else (edfio.Edf, edfio.EdfSignal)
    )
    content = [
        own(data, rate, label=label, physical_dimension=unit) for label, data, rate, unit in signals
    ]
    kind(content, **options).write(path)
    return path


@pytest.mark.parametrize("name", ["r.edf", "R.EDF", "r.bdf"])
def test_values_rates_and_units_are_read(tmp_path, name):
    annotations = [edfio.EdfAnnotation(1, None, "apnea")]
    signals = (("I", WAVE, 200, "mV"), ("II", WAVE * 900, 200, "uV"))
    path = write(tmp_path / name, *signals, annotations=annotations)
    actual = read_signal(path)
    assert (actual.leads, actual.rate, actual.units) == (("I", "II"), 200, ("mV", "uV"))
    np.testing.assert_allclose(actual.values[0], WAVE, atol=1e-4)
    np.testing.assert_allclose(actual.values[1], WAVE * 900, atol=0.1)


def test_signals_of_different_rates_have_the_highest(tmp_path):
    slow = np.sin(np.arange(200) * 2 / 9)
    path = write(tmp_path / "r.edf", ("I", WAVE, 200, "mV"), ("II", slow, 100, "mV"))
    actual = read_signal(path)
    assert actual.values.shape == (2, 400)
    np.testing.assert_allclose(actual.values[1, 20:-20], WAVE[20:-20], atol=0.01)


def test_a_file_with_gaps_or_equal_names_is_refused(tmp_path):
    path = write(tmp_path / "r.edf", ("I", WAVE, 200, "mV"))
    content = bytearray(path.read_bytes())
    content[192:197] = b"EDF+D"
    path.write_bytes(content)
    with pytest.raises(MmcoreError, match=r"has gaps \(EDF\+D\)"):
        read_signal(path)
    path = write(tmp_path / "s.edf", ("I", WAVE, 200, "mV"), ("I", WAVE, 200, "mV"))
    with pytest.raises(MmcoreError, match="two with the same name"):
        read_signal(path)


@pytest.mark.parametrize("length", [0, 100, 300, 700])
def test_a_cut_file_is_a_sentence_without_data_of_the_patient(tmp_path, length):
    patient = edfio.Patient(name="Unmistakable")
    path = write(tmp_path / "r.edf", ("I", WAVE, 200, "mV"), patient=patient)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(MmcoreError, match="not a readable EDF file") as caught:
        read_signal(path)
    assert "Unmistakable" not in str(caught.value)


def test_without_the_package_the_message_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "edfio", None)
    with pytest.raises(MmcoreError, match=r"pip install 'mmcore-medical\[edf\]'"):
        read_signal(tmp_path / "r.edf")
